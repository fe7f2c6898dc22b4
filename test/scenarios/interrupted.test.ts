import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { providersOf } from "../lab/engine/processes.ts";
import { differences, type Snapshot } from "../lab/quick/index.ts";
import type { Running, Stack } from "../lab/stack.ts";
import { forward, network, succeeded, Testbed, whileLocked } from "../lab/testbed.ts";

let testbed: Testbed;
let stack: Stack;
let empty: Snapshot;
let whole: Snapshot;

beforeAll(async () => {
  testbed = await Testbed.start("hv1");
  stack = await testbed.stack(network({ extra: forward }));
  empty = await testbed.host.snapshot();
  succeeded(await stack.up());
  whole = await testbed.host.snapshot();
});
afterAll(() => testbed?.stop());

/** Ends once the engine has, or, where it waits for what it has begun, has been told to. */
type Interrupt = (running: Running) => Promise<unknown>;
const once: Interrupt = async (running) => running.interrupt();
const twice: Interrupt = async (running) => {
  running.interrupt();
  // Two signals at once may be taken for one.
  await sleep(500);
  running.interrupt();
  await running.done;
};
/** The engine alone: it can tell nobody. */
const killed: Interrupt = async (running) => {
  process.kill(running.pid, "SIGKILL");
  await running.done;
};

/** Interrupts a run whose request the host has, and has not begun; nothing of it may stay, here or there. */
async function interrupted(command: "up" | "destroy", interrupt: Interrupt): Promise<void> {
  let providers: number[] = [];
  const run = await whileLocked(
    testbed.host,
    () => stack.spawn([command]),
    async (running) => {
      providers = providersOf(running.pid);
      expect(providers).not.toEqual([]);
      await interrupt(running);
    },
  );
  const { exitCode, stdout } = await run.done;
  // A destroy that was cancelled in order ends with 0.
  if (interrupt === once) expect(stdout).toContain("^C received; cancelling");
  else expect(exitCode).not.toBe(0);
  const left = () => providers.filter((pid) => providersOf(process.pid).includes(pid) || orphans().includes(pid));
  await vi.waitFor(() => expect(left()).toEqual([]), { timeout: 30_000, interval: 100 });
  await vi.waitFor(async () => expect(await shells()).toBe(""), { timeout: 30_000, interval: 200 });
}
/** Provider processes whose engine is gone: the first process of the machine took them over. */
const orphans = () => providersOf(1);
/** What of the product runs on the host. */
const shells = async () => {
  const words = "/bin/sh -s -- |sh /run/kvmnet/|sh /var/lib/kvmnet/";
  return (await testbed.host.exec(`ps -e --no-headers -o args= | grep -E '^(/bin/)?(${words})' || true`)).stdout;
};

/** Nonces differ from one create to the next, and the order of the notes about directories. */
async function isLike(wanted: Snapshot): Promise<void> {
  const found = differences(wanted, await testbed.host.snapshot());
  // Which directories we made is noted as they are made, in any order; in the end none is left, noted or not.
  const same = /^file:\/var\/lib\/kvmnet\/(dirs$|.*:sha256$)/;
  expect(found.filter(({ key }) => !same.test(key))).toEqual([]);
}

test.each([
  ["Ctrl-C", once],
  ["Ctrl-C twice", twice],
  ["the engine killed", killed],
] as const)(
  "%s in the middle of a destroy and of an up: nobody is left running, and the next one converges",
  async (_, interrupt) => {
    for (const [command, wanted] of [
      ["destroy", empty],
      ["up", whole],
    ] as const) {
      await interrupted(command, interrupt);
      // What a user has to do where the engine had no time to let go of its lock.
      if (interrupt !== once) await stack.unlock().catch(() => {});
      succeeded(await stack[command]());
      await isLike(wanted);
    }
    succeeded(await stack.up("--expect-no-changes"));
  },
);

test("pulumi cancel under a run that goes on, and a second run beside it: the host is whole, nothing is doubled", async () => {
  succeeded(await stack.destroy());
  let second: Running | undefined;
  const first = await whileLocked(
    testbed.host,
    () => stack.spawn(["up"]),
    async () => {
      await stack.unlock();
      second = stack.spawn(["up"]);
      await vi.waitFor(() => expect(providersOf(second?.pid ?? 0)).not.toEqual([]), { timeout: 60_000, interval: 100 });
    },
  );
  await first.done;
  await second?.done;
  // Each has written the state as it saw it.
  await stack.unlock().catch(() => {});
  succeeded(await stack.up());
  await isLike(whole);
  succeeded(await stack.up("--expect-no-changes"));
  succeeded(await stack.destroy());
  await isLike(empty);
});
