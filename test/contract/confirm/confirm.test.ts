import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { refill } from "../../../provider/backends/nftables/table.ts";
import type { Host } from "../../../provider/host/host.ts";
import { closeAll, hostFor } from "../../../provider/host/pool.ts";
import { resolveHost } from "../../../provider/host/resolve.ts";
import { runtime } from "../../../provider/host/runtime.ts";
import { encodeRequest } from "../../../provider/plan/encode.ts";
import type { Plan } from "../../../provider/plan/plan.ts";
import type { MemberReport } from "../../../provider/plan/report.ts";
import { differences, QuickHost, type Snapshot } from "../../lab/quick/index.ts";

let machine: QuickHost;
let host: Host;
let before: Snapshot;

beforeAll(async () => {
  machine = await QuickHost.start({ name: "confirm" });
  process.env.KVMNET_SSH_CONFIG = machine.sshConfig;
  host = hostFor(resolveHost("confirm", {}));
  await host.facts();
  before = await machine.snapshot();
});
afterAll(async () => {
  await closeAll();
  await machine?.stop();
});
beforeEach(async () => {
  expect(differences(before, await machine.snapshot()).map(({ key }) => key)).toEqual([]);
});

/** Has the host make the objects of a plan, or drop them; returns how many connections that took besides. */
async function change(plan: Plan, verb: "put" | "drop", confirm?: number): Promise<[MemberReport, number]> {
  const keys = Object.keys(plan);
  const { handshakes } = host.counters;
  const report = await host.submit({
    ...{ owner: "urn:test", nonce: "n", adopt: false, texts: plan, expects: [], reads: [] },
    ...(confirm && { confirm }),
    change: { put: [], drop: [], touch: [], [verb]: verb === "put" ? keys : keys.toReversed() },
  });
  return [report, host.counters.handshakes - handshakes];
}

const bridge = (name: string): Plan => ({ [`link ${name}`]: "type bridge\nmac 52:54:00:00:00:05\nup\n" });
const refusing = (rule: string): Plan => ({
  "ruleset inet kvmnethost": refill({
    ...{ name: "inet kvmnethost", maps: {}, sets: {} },
    chains: { input: { hook: "filter hook input priority filter", rules: [rule] } },
  }),
});

test("a change that has nothing to do with the client's path is not confirmed", async () => {
  expect(await change(bridge("br5"), "put")).toMatchObject([{ ok: true }, 0]);
  expect(await change(bridge("br5"), "drop")).toMatchObject([{ ok: true }, 0]);
});

test("a policy for input is confirmed over one new connection, asked or not, and so is its end when asked", async () => {
  const harmless = refusing("tcp dport 9 drop");
  expect(await change(harmless, "put")).toMatchObject([{ ok: true }, 1]);
  expect((await machine.exec("nft list table inet kvmnethost")).stdout).toContain("tcp dport 9 drop");
  await expect(machine.exec("ls /run/kvmnet/pending")).rejects.toThrow("No such file");
  await expect(machine.exec("systemctl is-active kvmnet-revert.timer")).rejects.toThrow("inactive");
  expect(await change(harmless, "drop", 20)).toMatchObject([{ ok: true }, 1]);
});

test("a policy that leaves other interfaces alone than the client's needs no confirmation", async () => {
  const guarded = refusing('iifname != "br9" return\n\t\tdrop');
  expect(await change(guarded, "put")).toMatchObject([{ ok: true }, 0]);
  expect(await change(guarded, "drop")).toMatchObject([{ ok: true }, 0]);
});

test("a policy that drops SSH is taken back when the time is over, and the report says so", async () => {
  const began = Date.now();
  const [report] = await change(refusing("ct state established,related accept\n\t\ttcp dport 22 drop"), "put", 10);
  expect(report).toMatchObject({ ok: false, code: "reverted", detail: "10 s" });
  expect(Date.now() - began).toBeGreaterThan(9_000);
});

test("one that drops what is established too, and of which only the host can tell, is taken back after 60 s", async () => {
  const [report] = await change(refusing("tcp dport 22 drop"), "put");
  expect(report).toMatchObject({ ok: false, code: "reverted", detail: "60 s" });
});

test("the host does it by itself: nobody is left to ask for it", async () => {
  const pending = change(refusing("tcp dport 22 drop"), "put", 10).catch(() => undefined);
  while ((await machine.exec("ls /run/kvmnet/pending", { mayFail: true })).exitCode) await sleep(100);
  const began = Date.now();
  // No process of ours has anything to do with it any more.
  await machine.exec("pkill -9 -f 'sshd: root' ; pkill -9 -f /run/kvmnet/runtime", { mayFail: true });
  while (!(await machine.exec("nft list table inet kvmnethost", { mayFail: true })).exitCode) await sleep(100);
  expect(Date.now() - began).toBeLessThan(13_000);
  await pending;
});

test("a power cut before the confirmation gives the old network back at the boot", async () => {
  const pending = change(refusing("tcp dport 22 drop"), "put", 40).catch(() => undefined);
  // The runner is through with it.
  const reported = "read -r id < /run/kvmnet/pending && [ -e /run/kvmnet/tx/$id.report ]";
  while ((await machine.exec(reported, { mayFail: true })).exitCode) await sleep(100);
  expect((await machine.exec("ls /etc/kvmnet/nft")).stdout).toContain("kvmnethost.nft");
  await machine.powerCut();
  await machine.powerOn();
  // A client that had no answer yet asks again, and must not have it all once more.
  expect(await pending).toMatchObject([
    { ok: false, code: expect.stringMatching(/^(restarted|reverted)$/) },
    expect.anything(),
  ]);
  const now = await machine.snapshot();
  // libvirt starts when somebody asks for it.
  expect(differences(before, now).filter(({ key }) => !key.startsWith("file:/run/libvirt"))).toEqual([]);
  before = now;
});

test("while one waits, another change says who holds it", async () => {
  await machine.exec("echo KVMNET_LOCK_SECONDS=2 >> /etc/environment");
  await host.close();
  // A client that asked and never came back.
  const id = randomUUID();
  const file = `/run/kvmnet/runtime-${runtime().version}.sh`;
  const plan = refusing("tcp dport 9 drop");
  const keys = Object.keys(plan);
  const member = { owner: "urn:other", nonce: "n", adopt: false, texts: plan, expects: [], reads: [], confirm: 10 };
  await machine.exec(`mkdir -p -m 0700 /run/kvmnet/tx && cat > ${file}`, { input: runtime().text });
  const request = encodeRequest(id, "tx", [{ ...member, change: { put: keys, drop: [], touch: [] } }]);
  await machine.exec(`setsid --wait sh ${file} run ${id}`, { input: request });
  const [report] = await change(bridge("br5"), "put");
  expect(report).toMatchObject({ ok: false, code: "busy" });
  expect(report.ok || report.detail).toContain("urn:other, which waits to be confirmed");
  await machine.exec("sed -i /KVMNET_LOCK_SECONDS/d /etc/environment");
  await host.close();
  // Without the impatience it is done when the other is decided.
  expect(await change(bridge("br5"), "put")).toMatchObject([{ ok: true }, 1]);
  expect(await change(bridge("br5"), "drop")).toMatchObject([{ ok: true }, 0]);
});
