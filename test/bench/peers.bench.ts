/** The same number of small changes by other tools, over the same link to the same host. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import type { TcpProxy } from "../lab/proxy.ts";
import { RequestCounter } from "../lab/quick/index.ts";
import { Bench, network, succeeded } from "../scenarios/bench.ts";
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
    const bench = await Bench.start("hv1");
    const dir = await mkdtemp(join(tmpdir(), "kvmnet-peer-"));
    try {
      const proxy = await bench.proxy("slow", ROUND_TRIP_MS / 2);
      const python = await installedPeers();
      await unpack(await pythonForHosts(), bench.host.root);
      const knownHosts = join(dir, "known_hosts");
      await writeFile(
        knownHosts,
        (await readFile(bench.host.knownHosts, "utf8")).replace(/^\S+/, `[127.0.0.1]:${proxy.port}`),
      );
      const target: Target = { host: bench.host, port: proxy.port, knownHosts, dir, python };
      note("ours");
      const { ours, floor } = await measureOurs(bench, proxy);
      yield { name: "up", value: ours.up.ms / 1000, unit: "s", peer: seconds("the floor", floor.up.ms) };
      for (const { tool, mostRatio } of tools) {
        await bench.host.exec("rm -rf /etc/peer; mkdir /etc/peer");
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
        const { stdout } = await bench.host.exec("cat /etc/peer/*.nft | wc -l");
        if (Number(stdout) !== COUNT) throw new Error(`${tool.name} wrote ${stdout} lines instead of ${COUNT}`);
      }
    } finally {
      await bench.stop();
      await rm(dir, { recursive: true, force: true });
    }
  },
};
export default benchmark;

async function measureOurs(bench: Bench, proxy: TcpProxy): Promise<Compared> {
  succeeded(await (await bench.stack(network())).up());
  const requests = await RequestCounter.start(bench.host);
  const meter = { proxy, requests, host: bench.host };
  const options = { config: { "kvmnet:host": "slow" }, program: nothing(COUNT)(0), project: "bench" };
  const stack = await bench.stack("", options);
  const floor = await costs(stack, nothing(COUNT), COUNT, meter);
  const ours = await costs(stack, forwards(COUNT), COUNT, meter);
  requests.stop();
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
