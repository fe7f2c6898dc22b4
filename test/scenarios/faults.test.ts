import { afterAll, beforeAll, expect, test } from "vitest";
import type { Moment, TcpProxy } from "../lab/proxy.ts";
import { type Difference, differences, type Snapshot } from "../lab/quick/index.ts";
import type { Stack } from "../lab/stack.ts";
import { forward, network, program, succeeded, Testbed } from "../lab/testbed.ts";

let testbed: Testbed;
let stack: Stack;
let proxy: TcpProxy;
let empty: Snapshot;

beforeAll(async () => {
  testbed = await Testbed.start("hv1");
  proxy = await testbed.proxy("cuttable");
  stack = await testbed.stack(network({ extra: forward }), { config: { "kvmnet:host": "cuttable" } });
  empty = await testbed.host.snapshot();
});
afterAll(() => testbed?.stop());

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
  const now = await testbed.host.snapshot();
  // Nonces differ from one create to the next, and the order of the notes about directories.
  const same = ({ key }: Difference) => !/^file:\/var\/lib\/kvmnet\/.*:sha256$/.test(key);
  expect(differences(wanted, now).filter(same)).toEqual([]);
}

/** Where a run is disturbed: its connection is cut, or its provider process is killed after that chunk. */
type Fault = Moment | "kill";
const faults: readonly Fault[] = ["before", "half", "after", "answer", "kill"];
/** `npm test` has each chunk disturbed in one of these ways; with this, in each. */
const ALL = process.env.KVMNET_ALL_FAULTS === "1";

async function disturbed(command: "up" | "destroy", at: number, fault: Fault): Promise<void> {
  if (fault !== "kill") {
    proxy.cutAt(at, fault);
    await stack[command]();
    return;
  }
  proxy.reset();
  const running = stack.spawn([command]);
  const provider = running.provider().catch(() => undefined);
  proxy.fate = ({ direction, index }) => {
    if (direction === "up" && index === at) void provider.then((pid) => pid && process.kill(pid, "SIGKILL"));
    return "pass";
  };
  await running.done;
  proxy.fate = () => "pass";
}

test("the connection cut, or the provider killed, at each request of a create, an update and a delete", async () => {
  const creates = await chunksOf(async () => succeeded(await stack.up()));
  const whole = await testbed.host.snapshot();
  await changed();
  const updates = await chunksOf(async () => succeeded(await stack.up()));
  const other = await testbed.host.snapshot();
  const deletes = await chunksOf(async () => succeeded(await stack.destroy()));
  expect(differences(empty, await testbed.host.snapshot())).toEqual([]);
  console.log(`chunks to disturb: create ${creates}, update ${updates}, delete ${deletes}`);

  // The first chunks are the handshake; a request begins after them.
  const handshake = 8;
  let points = 0;
  const disturb = async (command: "up" | "destroy", at: number, most: number, fault: Fault) => {
    if (at > most) return;
    await disturbed(command, at, fault);
    points++;
  };
  for (let at = handshake; at <= Math.max(creates, updates, deletes); at += 1) {
    for (const fault of faults.filter((_, index) => ALL || index === at % faults.length)) {
      await built();
      await disturb("up", at, creates, fault);
      await converges("up", whole);
      await changed();
      await disturb("up", at, updates, fault);
      await converges("up", other);
      await disturb("destroy", at, deletes, fault);
      await converges("destroy", empty);
    }
  }
  console.log(`${points} fault points, ${points} survived`);
});
