/** Past one stack: a stack for each host, their state in one place that people share, run side by side. */
import { ObjectStore } from "../lab/object-store.ts";
import { Postgres } from "../lab/postgres.ts";
import type { Stack } from "../lab/stack.ts";
import { network, program, succeeded, Testbed } from "../lab/testbed.ts";
import type { Benchmark, Measured } from "./figure.ts";

const HOSTS = 4;
const FORWARDS = 17;

/** Where states are. */
interface Shared {
  url: string;
  /** What the engine must be told to get in. */
  env?: Record<string, string>;
  stop(): Promise<void>;
}

const places: Readonly<Record<string, () => Promise<Shared>>> = {
  PostgreSQL: () => Postgres.start(),
  S3: () => ObjectStore.start(),
};

const benchmark: Benchmark = {
  title: `Scale: ${HOSTS} hosts of 20 resources, a stack each, the state in PostgreSQL and in S3`,
  async *measure(note) {
    const names = Array.from({ length: HOSTS }, (_, n) => `hv${n + 1}`);
    note("starting hosts");
    const testbed = await Testbed.start(...names);
    try {
      const files = await stacks(testbed, names);
      note("one after the other, state in files");
      const alone = await seconds(async () => {
        for (const stack of files) succeeded(await stack.up());
      });
      for (const stack of files) succeeded(await stack.destroy());
      for (const [place, start] of Object.entries(places)) {
        const shared = await start();
        try {
          yield* inPlace(place, await stacks(testbed, names, shared), alone, note);
        } finally {
          await shared.stop();
        }
      }
    } finally {
      await testbed.stop();
    }
  },
};
export default benchmark;

/** The same with states in one place; `alone` is what it took with files. */
async function* inPlace(
  place: string,
  shared: readonly Stack[],
  alone: number,
  note: (text: string) => void,
): AsyncIterable<Measured> {
  note(`one after the other, state in ${place}`);
  const inTurn = await seconds(async () => {
    for (const stack of shared) succeeded(await stack.up());
  });
  yield { name: `${place}: up, in turn`, value: inTurn, unit: "s", peer: { name: "in files", value: alone } };
  note(`side by side, state in ${place}`);
  const noOp = await seconds(() =>
    Promise.all(shared.map(async (stack) => succeeded(await stack.up("--expect-no-changes")))),
  );
  for (const stack of shared) succeeded(await stack.destroy());
  const together = await seconds(() => Promise.all(shared.map(async (stack) => succeeded(await stack.up()))));
  yield { name: `${place}: up, side by side`, value: together, unit: "s", peer: { name: "in turn", value: inTurn } };
  yield { name: `${place}: no-op, side by side`, value: noOp, unit: "s" };
  note(`two at one stack, state in ${place}`);
  yield { name: `${place}: runs refused because another holds the stack's lock`, value: await refused(shared[0]) };
  for (const stack of shared) succeeded(await stack.destroy());
}

/** One after the other: the first to come has the engine make its table, and two at once get into each other's way. */
async function stacks(testbed: Testbed, names: readonly string[], shared?: Shared): Promise<Stack[]> {
  const extra = `
for (let n = 0; n < ${FORWARDS}; n++) {
  new kvmnet.PortForward(\`f\${n}\`, { network, target: "10.10.10.10", ports: [{ port: 9000 + n, targetPort: 80 }] });
}`;
  const made: Stack[] = [];
  for (const name of names) {
    const options = {
      program: program(network({ extra })),
      config: { "kvmnet:host": name },
      project: "scale",
      stack: name,
    };
    made.push(await testbed.stack("", { ...options, ...(shared && { backend: shared.url, env: shared.env ?? {} }) }));
  }
  return made;
}

/** Two runs on one stack at once: the backend lets one of them in. */
async function refused(stack: Stack | undefined): Promise<number> {
  const runs = await Promise.all([stack?.up(), stack?.up()]);
  return runs.filter((run) => run && run.exitCode !== 0 && /locked|lock file/i.test(run.stdout + run.stderr)).length;
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}
