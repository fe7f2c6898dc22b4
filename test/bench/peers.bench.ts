/** The same number of small changes by other tools, over the same link to the same host. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { Testbed } from "../lab/testbed.ts";
import { Meter } from "./change/meter.ts";
import { type Costs, costs } from "./change/phases.ts";
import { forwards, nothing } from "./change/programs.ts";
import type { Benchmark, Measured } from "./figure.ts";
import { installedPeers, pythonForHosts } from "./peers/installed.ts";
import { ansible, pyinfra, type Target, type Tool } from "./peers/work.ts";

/** What ours took, and as many resources that do nothing. */
interface Compared {
  ours: Costs;
  floor: Costs;
}

const COUNT = 30;
const ROUND_TRIP_MS = 50;
/** The most that ours may take of a tool's time, net of the engine's own. */
const tools: readonly { tool: Tool; mostRatio?: number }[] = [
  { tool: pyinfra, mostRatio: 0.06 },
  { tool: ansible(true), mostRatio: 0.02 },
  { tool: ansible(false) },
];

const benchmark: Benchmark = {
  title: `Beside other tools: ${COUNT} small changes over ${ROUND_TRIP_MS} ms`,
  async *measure(note) {
    const testbed = await Testbed.start("hv1");
    const dir = await mkdtemp(join(tmpdir(), "kvmnet-peer-"));
    try {
      const meter = await Meter.start(testbed, ROUND_TRIP_MS);
      const { proxy } = meter;
      const python = await installedPeers();
      await unpack(await pythonForHosts(), testbed.host.root);
      const knownHosts = testbed.knownHosts("slow");
      const target: Target = { host: testbed.host, port: proxy.port, knownHosts, dir, python };
      note("ours");
      const { ours, floor } = await measureOurs(testbed, meter);
      yield { name: "up", value: ours.up.ms / 1000, unit: "s", peer: seconds("the floor", floor.up.ms) };
      for (const { tool, mostRatio } of tools) {
        await testbed.host.exec("rm -rf /etc/peer; mkdir /etc/peer");
        for (const phase of ["up", "no-op"] as const) {
          if (phase === "no-op" && tool !== pyinfra) continue;
          note(`${tool.name}: ${phase}`);
          proxy.reset();
          const began = performance.now();
          await tool.run(target, COUNT);
          const ms = performance.now() - began;
          const { turns } = proxy.counts;
          // Ansible's master connection outlives its run.
          proxy.cut();
          yield* beside(tool, phase, { ms, turns }, { ours, floor }, mostRatio);
        }
        const { stdout } = await testbed.host.exec("cat /etc/peer/*.nft | wc -l");
        if (Number(stdout) !== COUNT) throw new Error(`${tool.name} wrote ${stdout} lines instead of ${COUNT}`);
      }
    } finally {
      await testbed.stop();
      await rm(dir, { recursive: true, force: true });
    }
  },
};
export default benchmark;

async function measureOurs(testbed: Testbed, meter: Meter): Promise<Compared> {
  const options = { config: { "kvmnet:host": "slow" }, program: nothing(COUNT)(0), project: "bench" };
  const stack = await testbed.stack("", options);
  const floor = await costs(stack, nothing(COUNT), COUNT, meter);
  const ours = await costs(stack, forwards(COUNT), COUNT, meter);
  meter.stop();
  return { ours, floor };
}

/** Lays a directory over another root, where directories may be links (Debian's /lib). */
async function unpack(from: string, root: string): Promise<void> {
  await execa("sh", ["-c", 'tar -C "$0" -c . | tar -C "$1" -x --keep-directory-symlink', from, root]);
}

function* beside(
  tool: Tool,
  phase: "up" | "no-op",
  theirs: { ms: number; turns: number },
  { ours, floor }: Compared,
  mostRatio: number | undefined,
): Iterable<Measured> {
  const turns = { name: tool.name, value: theirs.turns };
  yield { name: `${phase}, direction turns`, value: ours[phase].turns, peer: turns };
  const net = (ours[phase].ms - floor[phase].ms) / 1000;
  const goal = mostRatio !== undefined && phase === "up" ? { mostRatio } : {};
  const name = `${phase}, net of the floor`;
  yield { name, value: net, unit: "s", peer: seconds(tool.name, theirs.ms), ...goal };
  const whole = `${phase}, with the engine's own time`;
  yield { name: whole, value: ours[phase].ms / 1000, unit: "s", peer: seconds(tool.name, theirs.ms) };
}

function seconds(name: string, ms: number) {
  return { name, value: ms / 1000 };
}
