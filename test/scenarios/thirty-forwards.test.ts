import { afterAll, beforeAll, expect, test } from "vitest";
import { type Costs, costs, PARALLEL, type Phase } from "../bench/change/phases.ts";
import { forwards } from "../bench/change/programs.ts";
import { RequestCounter } from "../lab/quick/index.ts";
import { Bench, network, succeeded } from "./bench.ts";

const COUNT = 30;
/** Over a link with 50 ms round trip. */
const DELAY_MS = 25;

let bench: Bench;
let requests: RequestCounter;
let took: Costs;

beforeAll(async () => {
  bench = await Bench.start("hv1");
  succeeded(await (await bench.stack(network())).up());
  requests = await RequestCounter.start(bench.host);
  const proxy = await bench.proxy("slow", DELAY_MS);
  const stack = await bench.stack("", { config: { "kvmnet:host": "slow" }, project: "forwards" });
  took = await costs(stack, forwards(COUNT), COUNT, { proxy, requests });
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
  ["refresh", Math.ceil(COUNT / PARALLEL) + 1],
])("thirty forwards: %s takes one handshake, at most %i requests and 40 turns", (phase, most) => {
  const { handshakes, requests: made, turns } = took[phase];
  console.log(`${phase}: ${handshakes} handshake, ${made} requests, ${turns} turns`);
  expect(handshakes).toBe(1);
  expect(made).toBeGreaterThan(0);
  expect(made).toBeLessThanOrEqual(most);
  expect(turns).toBeLessThanOrEqual(40);
});
