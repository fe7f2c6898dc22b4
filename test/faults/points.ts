import type { Moment } from "../lab/proxy.ts";
import type { Case } from "./cases.ts";
import { type Fault, faults, moments } from "./faults.ts";

/** How many places an undisturbed operation has. */
export interface Extent {
  /** Chunks that the client sends. */
  readonly chunks: number;
  /** Commands by which the host is changed. */
  readonly commands: number;
}

/** One place of an operation and what happens there. */
export interface Point {
  readonly name: string;
  /** Number of the place, from 1. */
  readonly at: number;
  /** Unset: the client's chunk is cut at this moment. */
  readonly fault?: Fault;
  readonly moment?: Moment;
}

/** Points of one operation, at most `most`, evenly chosen so that places and faults both take turns. */
export function pointsOf({ chunks, commands }: Extent, { noBoot }: Case, most: number): Point[] {
  const possible = faults.filter(({ name }) => !(noBoot && name === "power cut"));
  const all: Point[] = [
    ...upTo(chunks).flatMap((at) => moments.map((moment) => ({ name: `chunk ${at} cut: ${moment}`, at, moment }))),
    ...upTo(commands).flatMap((at) => possible.map((fault) => ({ name: `${fault.name} at command ${at}`, at, fault }))),
  ];
  if (all.length <= most) return all;
  const stride = all.length / most;
  // A stride that shares no factor with the number of faults meets each of them.
  return upTo(most)
    .map((n) => all[Math.floor((n - 1) * stride + ((n - 1) % possible.length))] as Point)
    .filter(Boolean);
}

const upTo = (most: number): number[] => Array.from({ length: most }, (_, index) => index + 1);
