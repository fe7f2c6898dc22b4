import type { Counts } from "../../lab/proxy.ts";
import type { Run, Stack } from "../../lab/stack.ts";
import { changes, succeeded } from "../../lab/testbed.ts";
import { median } from "../figure.ts";
import type { Meter } from "./meter.ts";
import type { Program } from "./programs.ts";

/** What users do to a stack, in this order. */
export const phases = ["offline preview", "preview", "up", "no-op", "one changed", "refresh", "destroy"] as const;
export type Phase = (typeof phases)[number];

/** What one phase took. */
export interface Cost {
  ms: number;
  handshakes: number;
  requests: number;
  turns: number;
  /** Up and down. */
  bytes: number;
  bytesUp: number;
  /** The host's processor time, in milliseconds: it hardly depends on what else runs on the machine. */
  hostMs: number;
}
export type Costs = Record<Phase, Cost>;

/** The engine's default on two cores; given, so that counts are the same on any machine. */
export const PARALLEL = 8;
const parallel = ["--parallel", String(PARALLEL)];

/** Takes a stack from nothing to `count` resources and back. @throws if a run fails or changes another number of resources. */
export async function costs(stack: Stack, program: Program, count: number, meter: Meter): Promise<Costs> {
  const write = (change: number) => stack.write(program(change));
  const cost = (run: () => Promise<Run>, expected: Record<string, number>) =>
    costOf(meter, async () => {
      const done = succeeded(await run());
      const { same: _, ...changed } = changes(done);
      if (JSON.stringify(changed) !== JSON.stringify(expected))
        throw new Error(`${done.command}: ${JSON.stringify(changed)} instead of ${JSON.stringify(expected)}`);
    });
  // The engine counts the stack itself, too.
  const all = count + 1;
  await write(0);
  const previewed = () => cost(() => stack.preview(...parallel), { create: all });
  await stack.config("kvmnet:offline", "true");
  const offline = await previewed();
  await stack.config("kvmnet:offline", "false");
  const preview = await previewed();
  const up = await cost(() => stack.up(...parallel), { create: all });
  const noOp = await cost(() => stack.up(...parallel), {});
  await write(1);
  const changed = await cost(() => stack.up(...parallel), { update: 1 });
  const refresh = await cost(() => stack.refresh(...parallel), {});
  const destroy = await cost(() => stack.destroy(...parallel), { delete: all });
  return { "offline preview": offline, preview, up, "no-op": noOp, "one changed": changed, refresh, destroy };
}

/** What anything costs that goes to the meter's host. */
export async function costOf(meter: Meter, work: () => Promise<unknown>): Promise<Cost> {
  meter.proxy.reset();
  await meter.requests.take();
  const before = await meter.host.processorMs();
  const began = performance.now();
  await work();
  const ms = performance.now() - began;
  const hostMs = (await meter.host.processorMs()) - before;
  return { ms, ...counted(meter.proxy.counts), requests: await meter.requests.take(), hostMs };
}

/** Of several rounds the median of each value, by itself. */
export function medians(rounds: readonly Costs[]): Costs {
  const values = (phase: Phase) => Object.keys(rounds[0]?.[phase] ?? {}) as (keyof Cost)[];
  const middle = (phase: Phase) =>
    Object.fromEntries(values(phase).map((value) => [value, median(rounds.map((round) => round[phase][value]))]));
  return Object.fromEntries(phases.map((phase) => [phase, middle(phase)])) as unknown as Costs;
}

function counted({ connections, turns, bytesUp, bytesDown }: Counts): Omit<Cost, "ms" | "hostMs" | "requests"> {
  return { handshakes: connections, turns, bytes: bytesUp + bytesDown, bytesUp };
}
