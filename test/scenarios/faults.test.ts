import { afterAll, beforeAll, expect, test } from "vitest";
import type { Moment, TcpProxy } from "../lab/proxy.ts";
import { type Difference, differences, type Snapshot } from "../lab/quick/index.ts";
import type { Stack } from "../lab/stack.ts";
import { Bench, forward, network, program, succeeded } from "./bench.ts";

let bench: Bench;
let stack: Stack;
let proxy: TcpProxy;
let empty: Snapshot;

beforeAll(async () => {
  bench = await Bench.start("hv1");
  proxy = await bench.proxy("cuttable");
  stack = await bench.stack(network({ extra: forward }), { config: { "kvmnet:host": "cuttable" } });
  empty = await bench.host.snapshot();
});
afterAll(() => bench?.stop());

const write = (body: string) => stack.write("index.ts", program(body)["index.ts"] ?? "");
const built = () => write(network({ extra: forward }));
const changed = () =>
  write(
    network({ extra: forward.replace("8080", "8081"), reservations: "" }).replace("lab.internal", "other.internal"),
  );

/** The number of chunks that the client sends in an undisturbed run: each is a place to cut. */
async function chunksOf(run: () => Promise<unknown>): Promise<number> {
  proxy.reset();
  await run();
  return proxy.counts.chunksUp;
}

/** The next run of the same kind succeeds, and leaves the host as an undisturbed one would have. */
async function converges(run: "up" | "destroy", wanted: Snapshot): Promise<void> {
  await stack.unlock().catch(() => {});
  succeeded(await stack[run]());
  const now = await bench.host.snapshot();
  // Nonces differ from one create to the next, and the order of the notes about directories.
  const same = ({ key }: Difference) => !/^file:\/var\/lib\/kvmnet\/.*:sha256$/.test(key);
  expect(differences(wanted, now).filter(same)).toEqual([]);
}

test("the connection cut before, in and after each request of a create, an update and a delete", async () => {
  const creates = await chunksOf(async () => succeeded(await stack.up()));
  const whole = await bench.host.snapshot();
  await changed();
  const updates = await chunksOf(async () => succeeded(await stack.up()));
  const other = await bench.host.snapshot();
  const deletes = await chunksOf(async () => succeeded(await stack.destroy()));
  expect(differences(empty, await bench.host.snapshot())).toEqual([]);
  console.log(`chunks to cut at: create ${creates}, update ${updates}, delete ${deletes}`);

  const moments: Moment[] = ["before", "half", "after", "answer"];
  // The first chunks are the handshake; a request begins after them.
  const handshake = 8;
  let points = 0;
  for (let at = handshake; at <= Math.max(creates, updates, deletes); at += 1) {
    const moment = moments[at % moments.length] ?? "before";
    await built();
    if (at <= creates) {
      proxy.cutAt(at, moment);
      await stack.up();
      points++;
    }
    await converges("up", whole);
    await changed();
    if (at <= updates) {
      proxy.cutAt(at, moment);
      await stack.up();
      points++;
    }
    await converges("up", other);
    if (at <= deletes) {
      proxy.cutAt(at, moment);
      await stack.destroy();
      points++;
    }
    await converges("destroy", empty);
  }
  console.log(`${points} fault points, ${points} survived`);
});

test("the provider killed in the middle of an up", async () => {
  await built();
  for (const delayMs of [100, 300, 600, 1000]) {
    const running = stack.spawn(["up"]);
    const provider = await running.provider();
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    try {
      process.kill(provider, "SIGKILL");
    } catch {
      // The run was over first.
    }
    await running.done;
    await stack.unlock().catch(() => {});
    succeeded(await stack.up());
    succeeded(await stack.refresh("--expect-no-changes"));
    await converges("destroy", empty);
  }
});
