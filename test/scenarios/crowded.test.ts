import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { limits } from "../../provider/host/limits.ts";
import { differences } from "../lab/quick/index.ts";
import { changes, connections, program, succeeded, Testbed } from "../lab/testbed.ts";

let testbed: Testbed;
let homes: string;
beforeAll(async () => {
  testbed = await Testbed.start("hv1");
  homes = await mkdtemp(join(tmpdir(), "kvmnet-homes-"));
  // One session a connection, and no more than two that have not logged in yet.
  await testbed.host.exec("printf 'MaxSessions 1\\nMaxStartups 2\\n' > /etc/ssh/sshd_config.d/crowded.conf");
  await testbed.host.exec("systemctl restart ssh");
});
afterAll(async () => {
  await testbed?.stop();
  if (homes) await rm(homes, { recursive: true, force: true });
});

const forwards = (bridge: string, subnet: string, port: number, count: number) => `
const bridge = new kvmnet.Bridge("${bridge}", { addresses: ["${subnet}.1/24"] });
const network = new kvmnet.NatNetwork("${bridge}", { bridge });
for (let n = 0; n < ${count}; n++) {
  new kvmnet.PortForward(\`${bridge}-\${n}\`, { network, target: "${subnet}.10", ports: [${port} + n] });
}`;
const count = async (bridge: string) =>
  Number((await testbed.host.exec(`nft list map inet kvmnet_${bridge} any4 | grep -o 'tcp \\. ' | wc -l`)).stdout);

test("fifty operations at once over 300 ms, with one session a connection: one log-in, all there, all gone", async () => {
  const before = await testbed.host.snapshot();
  const proxy = await testbed.proxy("far", 150);
  const config = { "kvmnet:host": "far" };
  const stack = await testbed.stack(forwards("brfar", "10.20.0", 7000, 50), { project: "far", config });
  const up = succeeded(await stack.up("--parallel", "50"));
  expect(changes(up).create).toBeGreaterThanOrEqual(52);
  expect(await count("brfar")).toBe(50);
  expect(proxy.counts.connections).toBe(1);
  succeeded(await stack.refresh("--expect-no-changes", "--parallel", "50"));
  expect(proxy.counts.connections).toBe(2);
  succeeded(await stack.destroy("--parallel", "50"));
  expect(proxy.counts.connections).toBe(3);
  expect(differences(before, await testbed.host.snapshot())).toEqual([]);
});

/** Takes a place among those that have not logged in, and keeps it. */
async function loiter(): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port: testbed.host.port });
  await once(socket, "data");
  return socket;
}
test("four machines with a stack each dial a server that turns away all but two: each waits, none is lost", async () => {
  const before = await testbed.host.snapshot();
  const door = await testbed.proxy("door");
  const stacks = await Promise.all(
    [0, 1, 2, 3].map((n) => {
      const home = join(homes, `machine-${n}`);
      return testbed.stack(forwards(`br${n}`, `10.21.${n}`, 8000 + 100 * n, 12), {
        project: `machine-${n}`,
        config: { "kvmnet:host": "door" },
        env: { HOME: home, PULUMI_HOME: join(home, ".pulumi") },
      });
    }),
  );
  const accepted = await connections(testbed.host);
  const loiterers = [await loiter(), await loiter()];
  const runs = stacks.map((stack) => stack.up());
  // More often than a host that cannot be reached is tried.
  const tries = 4 * limits.dialErrors + 1;
  await vi.waitFor(() => expect(door.counts.connections).toBeGreaterThanOrEqual(tries), { timeout: 120_000 });
  expect(await connections(testbed.host)).toBe(accepted);
  for (const socket of loiterers) socket.destroy();
  for (const run of await Promise.all(runs)) succeeded(run);
  for (const n of [0, 1, 2, 3]) expect(await count(`br${n}`)).toBe(12);
  expect((await connections(testbed.host)) - accepted).toBe(4);
  const again = await Promise.all(stacks.map((stack) => stack.refresh("--expect-no-changes")));
  for (const run of again) succeeded(run);
  for (const run of await Promise.all(stacks.map((stack) => stack.destroy()))) succeeded(run);
  expect(differences(before, await testbed.host.snapshot())).toEqual([]);
});

test("over a link that loses one packet in twelve everything is done, and done once", async () => {
  const before = await testbed.host.snapshot();
  const lose = (way: string) => `numgen random mod 12 == 0 tcp ${way} 22 counter drop`;
  await testbed.host.exec(`nft -f - <<'END'
table inet lossy {
  chain in { type filter hook input priority -400; ${lose("dport")}; }
  chain out { type filter hook output priority -400; ${lose("sport")}; }
}
END`);
  const stack = await testbed.stack(forwards("brl", "10.22.0", 9000, 10), { project: "lossy" });
  succeeded(await stack.up());
  expect(await count("brl")).toBe(10);
  succeeded(await stack.up("--expect-no-changes"));
  succeeded(await stack.refresh("--expect-no-changes"));
  await stack.write(program(forwards("brl", "10.22.0", 9000, 4)));
  expect(changes(succeeded(await stack.up()))).toMatchObject({ delete: 6 });
  expect(await count("brl")).toBe(4);
  succeeded(await stack.destroy());
  const { stdout } = await testbed.host.exec("nft list table inet lossy");
  const lost = [...stdout.matchAll(/packets (\d+)/g)].reduce((sum, [, packets]) => sum + Number(packets), 0);
  console.log(`lost packets: ${lost}`);
  expect(lost).toBeGreaterThan(10);
  await testbed.host.exec("nft delete table inet lossy");
  expect(differences(before, await testbed.host.snapshot())).toEqual([]);
});
