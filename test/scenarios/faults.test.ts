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

const write = (body: string) => stack.write(program(body));
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
/** `npm test` disturbs each operation twelve times, at places and in ways that are spread evenly; with this, each in each. */
const ALL = process.env.KVMNET_ALL_FAULTS === "1";
const SHARE = 12;
/** The first chunks are the handshake; a request begins after them. */
const HANDSHAKE = 8;

interface Point {
  at: number;
  fault: Fault;
}

/** Where an operation of so many chunks is disturbed, evenly spread, and how. */
function pointsOf(chunks: number): Point[] {
  const places = Array.from({ length: chunks - HANDSHAKE + 1 }, (_, index) => HANDSHAKE + index);
  if (ALL) return places.flatMap((at) => faults.map((fault) => ({ at, fault })));
  const count = Math.min(SHARE, places.length * faults.length);
  const chosen = Array.from({ length: count }, (_, n) => places[Math.floor((n * places.length) / count)] as number);
  return chosen.map((at, index) => ({ at, fault: faults[index % faults.length] as Fault }));
}

async function disturbed(command: "up" | "destroy", { at, fault }: Point): Promise<void> {
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

const title = "the connection cut, or the provider killed, in a create, an update and a delete";
test(title, { timeout: (ALL ? 300 : 20) * 60_000 }, async () => {
  const creates = await chunksOf(async () => succeeded(await stack.up()));
  const whole = await testbed.host.snapshot();
  await changed();
  const updates = await chunksOf(async () => succeeded(await stack.up()));
  const other = await testbed.host.snapshot();
  const deletes = await chunksOf(async () => succeeded(await stack.destroy()));
  expect(differences(empty, await testbed.host.snapshot())).toEqual([]);
  console.log(`chunks to disturb: create ${creates}, update ${updates}, delete ${deletes}`);

  const [created, updated, deleted] = [pointsOf(creates), pointsOf(updates), pointsOf(deletes)];
  let points = 0;
  const through = async (command: "up" | "destroy", point: Point | undefined, wanted: Snapshot) => {
    if (point) await disturbed(command, point);
    await converges(command, wanted).catch((cause) => {
      throw new Error(`not mended after ${command} was disturbed: ${JSON.stringify(point)}`, { cause });
    });
    if (point && ++points % 50 === 0) console.log(`${points} fault points`);
  };
  for (let round = 0; round < Math.max(created.length, updated.length, deleted.length); round++) {
    await built();
    await through("up", created[round], whole);
    if (updated[round]) {
      await changed();
      await through("up", updated[round], other);
    }
    await through("destroy", deleted[round], empty);
  }
  console.log(`${points} fault points, ${points} survived`);
});
