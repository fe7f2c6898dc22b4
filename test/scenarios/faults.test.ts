import { afterAll, beforeAll, expect, test } from "vitest";
import type { Moment, TcpProxy } from "../lab/proxy.ts";
import { differences, type Snapshot } from "../lab/quick/index.ts";
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

/** The next up converges, changes nothing more, and nothing is doubled. */
async function converges(): Promise<void> {
  await stack.unlock().catch(() => {});
  succeeded(await stack.up());
  succeeded(await stack.refresh("--expect-no-changes"));
  const { stdout } = await bench.host.exec("nft list map inet kvmnet_br0 any4 | grep -o 'tcp \\. 808'");
  expect(stdout.split("\n")).toHaveLength(1);
}

test("the connection cut before, in and after each request of a create, an update and a delete", async () => {
  const creates = await chunksOf(async () => succeeded(await stack.up()));
  await changed();
  const updates = await chunksOf(async () => succeeded(await stack.up()));
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
    proxy.cutAt(at, moment);
    await stack.up();
    await converges();
    await changed();
    proxy.cutAt(at, moment);
    await stack.up();
    await converges();
    proxy.cutAt(at, moment);
    await stack.destroy();
    succeeded(await stack.destroy());
    expect(differences(empty, await bench.host.snapshot())).toEqual([]);
    points += 3;
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
    await converges();
    succeeded(await stack.destroy());
    expect(differences(empty, await bench.host.snapshot())).toEqual([]);
  }
});
