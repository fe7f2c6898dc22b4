import { afterAll, beforeAll, expect, test } from "vitest";
import { Meter } from "../bench/change/meter.ts";
import { type Costs, costs, PARALLEL, type Phase } from "../bench/change/phases.ts";
import { forwards } from "../bench/change/programs.ts";
import type { Stack } from "../lab/stack.ts";
import { changes, succeeded, Testbed } from "../lab/testbed.ts";

const COUNT = 30;
const ROUND_TRIP_MS = 50;

let testbed: Testbed;
let meter: Meter;
let stack: Stack;
let took: Costs;

beforeAll(async () => {
  testbed = await Testbed.start("hv1");
  meter = await Meter.start(testbed, ROUND_TRIP_MS);
  stack = await testbed.stack("", { config: { "kvmnet:host": "slow" }, project: "forwards" });
  took = await costs(stack, forwards(COUNT), COUNT, meter);
});
afterAll(async () => {
  meter?.stop();
  await testbed?.stop();
});

test.each<Phase>(["preview", "no-op"])("thirty forwards: %s makes no connection", (phase) => {
  expect(took[phase]).toMatchObject({ handshakes: 0, requests: 0, turns: 0, bytes: 0 });
});

test.each<[Phase, number]>([
  // Two, the depth of the chain, and twice as many as the engine has in flight.
  ["up", 2 + 1 + Math.ceil((2 * COUNT) / PARALLEL)],
  ["destroy", 2 + 1 + Math.ceil((2 * COUNT) / PARALLEL)],
  ["one changed", 1],
  ["refresh", 1],
])("thirty forwards: %s takes one handshake, at most %i requests and 40 turns", (phase, most) => {
  const { handshakes, requests: made, turns } = took[phase];
  console.log(`${phase}: ${handshakes} handshake, ${made} requests, ${turns} turns`);
  expect(handshakes).toBe(1);
  expect(made).toBeGreaterThan(0);
  expect(made).toBeLessThanOrEqual(most);
  expect(turns).toBeLessThanOrEqual(40);
});

test("one read of the host serves thirty forwards, and the two that somebody changed are asked for by themselves", async () => {
  await stack.write(forwards(COUNT)(0));
  succeeded(await stack.up());
  await testbed.host.exec(
    "nft delete element inet kvmnet_br0 any4 '{ tcp . 9003 }'; rm /etc/kvmnet/nft/kvmnet_br0.d/f29.nft",
  );
  await meter.requests.take();
  const refresh = succeeded(await stack.refresh("--parallel", String(PARALLEL)));
  expect(changes(refresh)).toMatchObject({ update: 2, same: COUNT + 1 - 2 });
  expect(refresh.stdout).toContain("f3");
  expect(await meter.requests.take()).toBeLessThanOrEqual(3);
  const up = succeeded(await stack.up());
  expect(changes(up)).toMatchObject({ update: 2 });
  succeeded(await stack.refresh("--expect-no-changes"));
});

test("one read of the host serves networks as well, each with leases that nobody else reads", async () => {
  const body = `
for (let n = 1; n <= 4; n++) {
  const bridge = new kvmnet.Bridge(\`n\${n}\`, { addresses: [\`10.20.\${n}.1/24\`] });
  new kvmnet.NatNetwork(\`n\${n}\`, { bridge });
  new kvmnet.DnsmasqInstance(\`n\${n}\`, { bridge, ranges: [\`10.20.\${n}.100-10.20.\${n}.150\`] });
}`;
  const networks = await testbed.stack(body, { config: { "kvmnet:host": "slow" }, project: "networks" });
  succeeded(await networks.up());
  await meter.requests.take();
  succeeded(await networks.refresh("--expect-no-changes", "--parallel", String(PARALLEL)));
  expect(await meter.requests.take()).toBe(1);
});
