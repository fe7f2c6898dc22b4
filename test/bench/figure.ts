/** One measured thing, and what it is held against. */
export interface Figure {
  /** Such as "30 forwards, 50 ms: requests of up". */
  name: string;
  value: number;
  /** Such as "ms"; empty for plain counts. */
  unit: string;
  /** The most or the least that it may be, of the value itself or of its ratio to the peer; null where nothing is asked. */
  goal: Goal | null;
  /** What it is compared with; null where it stands alone. */
  peer: Peer | null;
  /** Value by the peer's value. */
  ratio: number | null;
  /** Whether the goal is met; null without one. */
  met: boolean | null;
  /** What to type to measure it again. */
  command: string;
}

/** A limit from above or from below. */
export type Goal = { of: "value" | "ratio" } & ({ most: number } | { least: number });

/** What somebody else, or a baseline, takes for the same work. */
export interface Peer {
  name: string;
  value: number;
  /** Set where it could not be measured in the same run: where the value comes from. */
  noted?: string;
}

/** What a benchmark yields; the rest of a figure follows. */
export interface Measured {
  name: string;
  value: number;
  unit?: string;
  /** The most that the value may be. */
  most?: number;
  /** The most that the ratio to the peer may be. */
  mostRatio?: number;
  /** The least that it may be, where more is better. */
  leastRatio?: number;
  peer?: Peer;
}

/** One file of this directory that ends in `.bench.ts` has one as its default export. */
export interface Benchmark {
  /** What it measures, for people. */
  title: string;
  /** Yields figures as they come; `note` says how far it is. @throws when something cannot be measured. */
  measure(note: (text: string) => void): AsyncIterable<Measured>;
}

/** Completes what a benchmark measured. `command` is what measures it again. */
export function figure(measured: Measured, command: string): Figure {
  const { name, value, unit = "", peer } = measured;
  const ratio = peer ? value / peer.value : null;
  const goal = goalOf(measured);
  const held = goal?.of === "ratio" ? ratio : value;
  const met = goal && held !== null ? ("most" in goal ? held <= goal.most : held >= goal.least) : null;
  return { name, value: round(value), unit, goal, peer: peer ?? null, ratio: ratio && round(ratio), met, command };
}

/** The middle one of several; the mean of the two middle ones of an even number. @throws on none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  if (low === undefined || high === undefined) throw new RangeError("the median of nothing");
  return (low + high) / 2;
}

function goalOf({ most, mostRatio, leastRatio }: Measured): Goal | null {
  if (mostRatio !== undefined) return { most: mostRatio, of: "ratio" };
  if (leastRatio !== undefined) return { least: round(leastRatio), of: "ratio" };
  return most === undefined ? null : { most, of: "value" };
}

/** Three digits say all that a measurement knows. */
function round(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
