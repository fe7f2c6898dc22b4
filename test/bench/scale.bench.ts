/** Past one stack: a stack for each host, their state in one PostgreSQL, run side by side. */
import { Postgres } from "../lab/postgres.ts";
import type { Stack } from "../lab/stack.ts";
import { network, program, succeeded, Testbed } from "../lab/testbed.ts";
import type { Benchmark } from "./figure.ts";

const HOSTS = 4;
const FORWARDS = 17;

const benchmark: Benchmark = {
  title: `Scale: ${HOSTS} hosts of 20 resources, a stack each, the state in PostgreSQL`,
  async *measure(note) {
    const names = Array.from({ length: HOSTS }, (_, n) => `hv${n + 1}`);
    note("starting hosts");
    const testbed = await Testbed.start(...names);
    let database: Postgres | undefined;
    try {
      database = await Postgres.start();
      const files = await stacks(testbed, names);
      note("one after the other, state in files");
      const alone = await seconds(async () => {
        for (const stack of files) succeeded(await stack.up());
      });
      for (const stack of files) succeeded(await stack.destroy());
      const shared = await stacks(testbed, names, database.url);
      note("one after the other, state in PostgreSQL");
      const inTurn = await seconds(async () => {
        for (const stack of shared) succeeded(await stack.up());
      });
      note("side by side");
      const noOp = await seconds(() =>
        Promise.all(shared.map(async (stack) => succeeded(await stack.up("--expect-no-changes")))),
      );
      for (const stack of shared) succeeded(await stack.destroy());
      const together = await seconds(() => Promise.all(shared.map(async (stack) => succeeded(await stack.up()))));
      const [one] = shared;
      const inFiles = { name: "in files", value: alone };
      yield { name: "up, in turn, state in PostgreSQL", value: inTurn, unit: "s", peer: inFiles };
      const turns = { name: "in turn", value: inTurn };
      yield { name: "up, side by side, state in PostgreSQL", value: together, unit: "s", peer: turns };
      yield { name: "no-op, side by side, state in PostgreSQL", value: noOp, unit: "s" };
      note("two at one stack");
      yield { name: "runs refused because another holds the stack's lock", value: await refused(one) };
      for (const stack of shared) succeeded(await stack.destroy());
    } finally {
      await testbed.stop();
      await database?.stop();
    }
  },
};
export default benchmark;

/** One after the other: the first to come has the engine make its table, and two at once get into each other's way. */
async function stacks(testbed: Testbed, names: readonly string[], backend?: string): Promise<Stack[]> {
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
    made.push(await testbed.stack("", { ...options, ...(backend !== undefined && { backend }) }));
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
