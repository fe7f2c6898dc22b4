/** Trying a property with many cases: how many, and how long one may take. */
import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { test } from "vitest";

/** Cases of all properties of this directory together, some twenty of them. */
const all = Number(process.env.KVMNET_CASES ?? 10_000);
/** Of each. */
export const cases = Math.ceil(all / 20);
/** One that takes longer is as good as one that hangs. Milliseconds of the processor, not of a busy machine's clock; most take under one. */
const longestMs = 1_500;

const beats = new Int32Array(new SharedArrayBuffer(8));

/**
 * Ends the process when a case does not end: nothing else can, since it holds the only thread. What it was is found by
 * running the property with the seed that is printed.
 */
const watch = `
const { parentPort, workerData: beats } = require("node:worker_threads");
let title = "", last = -1;
parentPort.on("message", (text) => { title = text; });
setInterval(() => {
  const now = Atomics.load(beats, 0);
  if (Atomics.load(beats, 1) === 1 && now === last) {
    require("node:fs").writeSync(2, "case " + now + " does not end: " + title + "\\n");
    process.kill(process.pid, "SIGKILL");
  }
  last = now;
}, 20000);`;

let watcher: Worker | undefined;

/** Declares a test: the property holds for all cases, and each is through within the limit. */
export function holds<T>(title: string, values: fc.Arbitrary<T>, property: (value: T) => void | Promise<void>): void {
  test(
    title,
    async () => {
      const seed = Number(process.env.KVMNET_SEED ?? Math.floor(Math.random() * 2 ** 31));
      watcher ??= new Worker(watch, { eval: true, workerData: beats });
      watcher.unref();
      watcher.postMessage(`${title} (KVMNET_SEED=${seed})`);
      Atomics.store(beats, 1, 1);
      try {
        const tried = fc.asyncProperty(values, async (value) => {
          Atomics.add(beats, 0, 1);
          const began = process.cpuUsage();
          await property(value);
          const { user, system } = process.cpuUsage(began);
          const took = (user + system) / 1000;
          if (took > longestMs) throw new Error(`took ${Math.round(took)} ms`);
        });
        const { failed, counterexample, counterexamplePath, errorInstance } = await fc.check(tried, {
          seed,
          numRuns: cases,
        });
        // Not fast-check's own report, which fails itself on a list with a `constructor` of its own and then hides what failed.
        if (failed) {
          const shown = JSON.stringify(counterexample)?.slice(0, 2_000);
          throw new Error(`KVMNET_SEED=${seed}, case ${counterexamplePath}: ${shown}`, { cause: errorInstance });
        }
      } finally {
        Atomics.store(beats, 1, 0);
      }
    },
    // Most take under a millisecond, some of them tens on a busy machine; a failing one is made smaller, which may take long.
    120_000 + cases * 100,
  );
}
