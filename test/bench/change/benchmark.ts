import { Testbed } from "../../lab/testbed.ts";
import type { Benchmark, Measured } from "../figure.ts";
import { Meter } from "./meter.ts";
import { type Costs, costs, medians, PARALLEL, type Phase, phases } from "./phases.ts";
import { nothing, type Program } from "./programs.ts";

/** What to measure. */
export interface Work {
  /** For people: "30 forwards". */
  title: string;
  program: Program;
  /** Resources of the program. */
  count: number;
  /** Length of its longest chain of resources that depend on each other. */
  depth: number;
  /** Whether it has resources whose first plan needs facts of the host (bridges and the like). */
  asksAtPreview?: boolean;
  /** Round trips to the host, in milliseconds, and how often each is measured; the figures are medians. */
  links: readonly { ms: number; rounds: number }[];
  /** The most that the directions of a run may turn, at any of the round trips. */
  mostTurns?: number;
  /** Milliseconds that somebody else's `up` takes beyond the floor, by round trip, where that is known. */
  noted?: { name: string; from: string; ms: Readonly<Record<number, number>>; mostRatio: number };
}

/** What the work costs, beside as many resources that do nothing, in the same minutes. */
export function costOfChange(work: Work): Benchmark {
  return {
    title: `Cost of change: ${work.title}`,
    async *measure(note) {
      const testbed = await Testbed.start("hv1");
      try {
        const meter = await Meter.start(testbed);
        const config = { "kvmnet:host": "slow" };
        const program = nothing(work.count)(0);
        const stack = await testbed.stack("", { config, program, project: "bench" });
        for (const { ms, rounds: count } of work.links) {
          const rounds: { ours: Costs; floor: Costs }[] = [];
          for (let round = 1; round <= count; round++) {
            note(`round ${round} of ${count} at ${ms} ms`);
            meter.proxy.delayMs = ms / 2;
            const floor = await costs(stack, nothing(work.count), work.count, meter);
            rounds.push({ floor, ours: await costs(stack, work.program, work.count, meter) });
          }
          const ours = medians(rounds.map((round) => round.ours));
          yield* figures(work, ms, { ours, floor: medians(rounds.map(({ floor }) => floor)) });
        }
        meter.stop();
      } finally {
        await testbed.stop();
      }
    },
  };
}

/** Phases that need the host. */
const connecting = ["up", "one changed", "refresh", "destroy"] as const;

function* figures(work: Work, ms: number, { ours, floor }: { ours: Costs; floor: Costs }): Iterable<Measured> {
  const named = (what: string) => `${work.title}, ${ms} ms: ${what}`;
  const most = (list: readonly Phase[]) => Math.max(...list.map((phase) => ours[phase].handshakes));
  const asked = work.asksAtPreview ? 1 : 0;
  yield { name: named("connections of an offline preview"), value: most(["offline preview"]), most: 0 };
  yield { name: named("connections of a preview"), value: most(["preview"]), most: asked };
  yield { name: named("connections of a no-op"), value: most(["no-op"]), most: 0 };
  yield { name: named("handshakes of any other phase, at most"), value: most(connecting), most: 1 };
  for (const phase of connecting) {
    const { requests, turns, bytes, hostMs } = ours[phase];
    yield { name: named(`${phase}, requests`), value: requests, most: mostRequests(work, phase) };
    yield {
      ...{ name: named(`${phase}, direction turns`), value: turns },
      ...(work.mostTurns !== undefined && { most: work.mostTurns }),
    };
    yield { name: named(`${phase}, sent and received`), value: bytes / 1000, unit: "kB" };
    yield { name: named(`${phase}, processor time of the host`), value: hostMs, unit: "ms" };
  }
  if (work.count > 1) {
    // Both have one handshake.
    const bytes = (ours.up.bytesUp - ours["one changed"].bytesUp) / (work.count - 1);
    yield { name: named("up, sent for each further resource"), value: bytes, unit: "bytes", most: 2_000 };
  }
  for (const phase of phases) {
    const idle = phase === "offline preview" || phase === "no-op" || (phase === "preview" && !work.asksAtPreview);
    const peer = { name: "the floor", value: floor[phase].ms / 1000 };
    const seconds = { name: named(phase), value: ours[phase].ms / 1000, unit: "s", peer };
    yield { ...seconds, ...(idle && { mostRatio: 1.1 }) };
  }
  const net = { name: named("up, net of the floor"), value: (ours.up.ms - floor.up.ms) / 1000, unit: "s" };
  const known = work.noted?.ms[ms];
  if (!work.noted || known === undefined) yield net;
  else {
    const { name, from, mostRatio } = work.noted;
    yield { ...net, mostRatio, peer: { name, value: known / 1000, noted: from } };
  }
}

/** One read of the host serves a whole refresh, and one transaction one change; else two rounds of what the engine has in flight. */
function mostRequests({ count, depth }: Work, phase: (typeof connecting)[number]): number {
  if (phase === "refresh" || phase === "one changed") return 1;
  return 2 + depth + Math.ceil((2 * count) / PARALLEL);
}
