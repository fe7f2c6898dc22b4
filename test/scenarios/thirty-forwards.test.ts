import { afterAll, beforeAll, expect, test } from "vitest";
import { type Costs, costs, PARALLEL, type Phase } from "../bench/change/phases.ts";
import { forwards } from "../bench/change/programs.ts";
import type { TcpProxy } from "../lab/proxy.ts";
import { RequestCounter } from "../lab/quick/index.ts";
import type { Stack } from "../lab/stack.ts";
import { Bench, changes, network, succeeded } from "./bench.ts";

const COUNT = 30;
/** Over a link with 50 ms round trip. */
const DELAY_MS = 25;

let bench: Bench;
let requests: RequestCounter;
let proxy: TcpProxy;
let stack: Stack;
let took: Costs;

beforeAll(async () => {
  bench = await Bench.start("hv1");
  succeeded(await (await bench.stack(network())).up());
  requests = await RequestCounter.start(bench.host);
  proxy = await bench.proxy("slow", DELAY_MS);
  stack = await bench.stack("", { config: { "kvmnet:host": "slow" }, project: "forwards" });
  took = await costs(stack, forwards(COUNT), COUNT, { proxy, requests, host: bench.host });
});
afterAll(async () => {
  requests?.stop();
  await bench?.stop();
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
  await stack.write("index.ts", forwards(COUNT)(0)["index.ts"] ?? "");
  succeeded(await stack.up());
  await bench.host.exec(
    "nft delete element inet kvmnet_br0 any4 '{ tcp . 9003 }'; rm /etc/kvmnet/nft/kvmnet_br0.d/f29.nft",
  );
  await requests.take();
  const refresh = succeeded(await stack.refresh("--parallel", String(PARALLEL)));
  expect(changes(refresh)).toMatchObject({ update: 2, same: COUNT + 1 - 2 });
  expect(refresh.stdout).toContain("f3");
  expect(await requests.take()).toBeLessThanOrEqual(3);
  const up = succeeded(await stack.up());
  expect(changes(up)).toMatchObject({ update: 2 });
  succeeded(await stack.refresh("--expect-no-changes"));
});
