/** No false alarm: hosts of all makings. The command itself, and that it changes nothing. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lookProgram } from "../../../provider/host/look.ts";
import { differences, type Snapshot } from "../../lab/quick/index.ts";
import { environment, Stack } from "../../lab/stack.ts";
import { last, type Shape, shapes } from "./healthy.ts";
import { Site } from "./site.ts";
import { shown } from "./suffers.ts";

let site: Site;
beforeAll(async () => {
  site = await Site.bare("healthy");
});
afterAll(() => site?.stop());

async function isInOrder({ makes, ends, outside }: Shape): Promise<void> {
  await site.host.exec(makes);
  try {
    await outside?.(site, true);
    expect(shown(await site.complaints())).toBe("");
  } finally {
    await outside?.(site, false);
    await site.host.exec(ends);
  }
}

describe("a host in order has nothing to be told", () => {
  test.each(shapes.map((one) => [one.title, one] as const))("%s", (_, one) => isInOrder(one));
});

describe("the command", () => {
  const cli = (...args: string[]) =>
    execa(process.execPath, ["dist/cli/index.js", "doctor", ...args], {
      reject: false,
      env: { KVMNET_SSH_CONFIG: site.host.sshConfig },
    });

  test("ends with 0 where all is in order, with networks of every making side by side, and prints a line each", async () => {
    await site.networks();
    await site.ours();
    const { exitCode, stdout } = await cli("healthy");
    expect(stdout).toMatch(/^healthy: 0 in the way or missing, 0 to look at, \d\d ready\n/);
    expect(stdout).toMatch(/^ready {7}nat-rule +bridge br0: table inet kvmnet_br0, chain postrouting: /m);
    expect(stdout).toMatch(/^ready {7}forward-in +forward tcp 4430 → 10\.10\.10\.10:443: leads to bridge br0$/m);
    expect(exitCode).toBe(0);
  });
  test("ends with 1 where something is wrong, and prints what was seen and what to do; as JSON too", async () => {
    await site.host.exec("sysctl -qw net.ipv4.conf.virbr10.forwarding=0");
    const [plain, json] = await Promise.all([cli("healthy"), cli("ops@healthy", "--json")]);
    await site.host.exec("sysctl -qw net.ipv4.conf.virbr10.forwarding=1");
    expect(plain.stdout).toMatch(
      /^missing {5}forwarding +bridge virbr10\n {4}net\/ipv4\/conf\/virbr10\/forwarding is 0\n {4}fix: sysctl -w/m,
    );
    expect([plain.exitCode, json.exitCode]).toEqual([1, 1]);
    const said = JSON.parse(json.stdout);
    expect(Object.keys(said)).toEqual(["schema", "host", "exitCode", "counts", "findings"]);
    expect(said).toMatchObject({ schema: 1, host: "ops@healthy", exitCode: 1, counts: { fault: 1, warning: 0 } });
    expect(said.findings[0]).toEqual({
      ...{ check: "forwarding", verdict: "fault", subject: "bridge virbr10" },
      ...{ evidence: "net/ipv4/conf/virbr10/forwarding is 0", fix: expect.stringContaining("sysctl -w") },
    });
  });
  test("takes a host of the selected stack's configuration", async () => {
    const backend = `file://${await mkdtemp(join(tmpdir(), "kvmnet-doctor-"))}`;
    const config = { "kvmnet:hosts": JSON.stringify({ box: "healthy" }) };
    const stack = await Stack.create({ program: { "index.ts": "" }, backend, config });
    const env = {
      ...environment(stack.engine, backend),
      PULUMI_STACK: stack.name,
      KVMNET_SSH_CONFIG: site.host.sshConfig,
    };
    const command = [resolve("dist/cli/index.js"), "doctor", "box"];
    const { stdout, exitCode, stderr } = await execa(process.execPath, command, {
      cwd: stack.dir,
      env,
      extendEnv: false,
      reject: false,
    });
    await stack.dispose();
    await rm(backend.replace("file://", ""), { recursive: true });
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^box: 0 in the way or missing/);
    expect(exitCode).toBe(0);
  });
  test("ends with 2 where the host does not answer, does not exist, or does not let us in", async () => {
    const nobody = await cli("root@127.0.0.1:1", "--json");
    expect(JSON.parse(nobody.stdout)).toMatchObject({
      schema: 1,
      exitCode: 2,
      findings: [],
      error: expect.any(String),
    });
    const refused = await cli("pat@healthy");
    expect(refused.stdout).toMatch(/pat may not use sudo/);
    expect([nobody.exitCode, refused.exitCode]).toEqual([2, 2]);
  });
});

test("it changes nothing: the whole host is as it was, and it sees the same where nothing can be written", async () => {
  await site.host.exec("rm -rf /run/kvmnet/runtime-* /run/kvmnet/tx");
  const rest = async (): Promise<Snapshot> => {
    await sleep(500);
    return {
      ...(await site.host.snapshot()),
      "run:kvmnet": (await site.host.exec("ls -AlR /run/kvmnet | grep -v ^total")).stdout,
    };
  };
  const before = await rest();
  const seen = await site.diagnose("vm1");
  expect(differences(before, await rest())).toEqual([]);
  expect(seen.length).toBeGreaterThan(40);

  // The same program with every file system read-only, sysctls too: whatever it tried to write would be missing from its words.
  const mounts =
    "awk '{ print $5 }' /proc/self/mountinfo | while read -r at; do mount -o remount,bind,ro \"$at\" 2> /dev/null; done";
  const frozen = `unshare --mount sh -c '${mounts.replaceAll("'", "'\\''")}; ! touch /run/x /tmp/x /etc/x 2> /dev/null || exit 9; exec sh -s'`;
  const program = `${lookProgram()}\nkvmnet_look look-1 < /dev/null 2> /dev/null\n`;
  const look = async (shell: string) =>
    (await site.host.exec(shell, { input: program })).stdout.split("\n").filter((line) => !volatile.test(line));
  expect(await look(frozen)).toEqual(await look("sh -s"));
});

test(`nor has it with ${last.title}`, () => isInOrder(last));

test("nor have networks of ours that keep guests back, and NICs that wait, as they were told to", async () => {
  await site.strict();
  expect(shown(await site.complaints())).toBe("");
  const said = (await site.diagnose()).map(({ check, subject, evidence }) => `${check} ${subject}: ${evidence}`);
  for (const line of [
    "nat-rule bridge br2: routed: nothing is to be translated",
    "forward-out bridge br3: egress lists what guests reach; the rest is refused",
    expect.stringMatching(/^domain-nic guest web server: vnet\d+ \(.*\) is a port of br1, unplugged as was asked for$/),
  ])
    expect(said).toContainEqual(line);
});

/** What counts up by itself: the clock, counters of packets and flows, timers, the order in which probes answer. */
const volatile =
  /^\|(\d{10}$|\[\{|\{"nftables|\[\d+:\d+\]|.*counter packets|.*nf_conntrack_count|# (Generated|Completed)|gateway |dns |from |out |back |resolve )/;
