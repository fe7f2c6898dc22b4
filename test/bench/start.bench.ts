/** What comes before any work: loading, memory, checking, and what the state takes. */
import { execa } from "execa";
import { check } from "../../provider/lifecycle/check.ts";
import { Session } from "../../provider/lifecycle/session.ts";
import { portForward } from "../../provider/resources/port-forward.ts";
import { checkout } from "../lab/engine/project.ts";
import type { Stack } from "../lab/stack.ts";
import { network, succeeded, Testbed } from "../lab/testbed.ts";
import { watched } from "./change/memory.ts";
import { forwards, nothing, type Program } from "./change/programs.ts";
import { type Benchmark, median } from "./figure.ts";

const ROUNDS = 5;
const COUNT = 30;
const CHECKS = 1_000;

const benchmark: Benchmark = {
  title: "Start: loading, memory, checks, state",
  async *measure(note) {
    note("loading");
    for (const [name, path] of [
      ["what a program imports", "pulumi-kvmnet"],
      ["what the engine loads", "pulumi-kvmnet/provider"],
    ] as const) {
      const { own, sdk } = await loading(path);
      const peer = { name: "@pulumi/pulumi", value: sdk };
      yield { name: `loading ${name}, processor time`, value: own, unit: "ms", most: 80, peer };
    }
    note("checks");
    yield { name: `check of one forward among ${CHECKS}`, value: await checking(), unit: "ms", most: 2 };
    const testbed = await Testbed.start("hv1");
    try {
      note("memory");
      succeeded(await (await testbed.stack(network())).up());
      const stack = await testbed.stack("", { program: nothing(COUNT)(0), project: "bench" });
      const empty = await peakOf(stack, nothing(COUNT));
      const own = await peakOf(stack, forwards(COUNT));
      yield {
        name: "memory of the provider's process beyond an empty one's",
        value: own.mb - empty.mb,
        unit: "MB",
        most: 40,
      };
      const peer = { name: "an empty resource", value: empty.bytes };
      yield { name: "state of one forward", value: own.bytes, unit: "bytes", peer };
    } finally {
      await testbed.stop();
    }
  },
};
export default benchmark;

/** Processor time of an import beyond the SDK's, which every program has anyway, in milliseconds. */
async function loading(path: string): Promise<{ own: number; sdk: number }> {
  const script = `
    const spent = async (path) => {
      const before = process.cpuUsage();
      await import(path);
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1000;
    };
    const sdk = await spent("@pulumi/pulumi");
    console.log(JSON.stringify({ sdk, own: await spent(${JSON.stringify(path)}) }));`;
  const rounds: { own: number; sdk: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { stdout } = await execa(process.execPath, ["--input-type=module", "--eval", script], { cwd: checkout });
    rounds.push(JSON.parse(stdout));
  }
  return { own: median(rounds.map(({ own }) => own)), sdk: median(rounds.map(({ sdk }) => sdk)) };
}

/** A program of so many forwards, as the engine has them checked: one after the other, by one process. */
async function checking(): Promise<number> {
  const session = new Session(undefined, { info: async () => {}, warn: async () => {} });
  session.configure({ "kvmnet:host": "hv1" });
  const began = performance.now();
  for (let n = 0; n < CHECKS; n++) {
    const self = `urn:pulumi:lab::bench::pulumi-nodejs:dynamic/kvmnet:PortForward::f${n}`;
    const args = { network: "br0", target: "10.10.10.10", ports: [{ port: 9000 + n, targetPort: 80 }] };
    const { failures } = await check(portForward as never, undefined, { self, ...args }, session);
    if (failures.length) throw new Error(failures.map(({ reason }) => reason).join("\n"));
  }
  return (performance.now() - began) / CHECKS;
}

/** Peak resident memory of the provider that makes a program's resources, in MB, and the bytes of state of each. */
async function peakOf(stack: Stack, program: Program): Promise<{ mb: number; bytes: number }> {
  await stack.write(program(0));
  const { mb } = await watched(stack);
  const resources = (await stack.export()).deployment.resources ?? [];
  const ours = resources.filter(({ type }) => type.startsWith("pulumi-nodejs:dynamic/"));
  succeeded(await stack.destroy());
  return { mb, bytes: median(ours.map((resource) => JSON.stringify(resource).length)) };
}
