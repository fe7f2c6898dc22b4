import { expect } from "vitest";
import type { Case } from "./cases.ts";
import type { Target } from "./target.ts";
import { Walk } from "./walk.ts";

/** What is asked of every point, as the end of a test's title. */
export const SURVIVES = "the host is as before or as after, the error says why, and the next run completes it";

/** The cases that one file walks, and what was tried and lost in all of them together. */
export class Tally {
  #points = 0;
  #lost = 0;
  /** Points of each case. */
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  /** Walks one case on hosts that `start` gives; says what was tried. @throws if anything was lost. */
  async walk(one: Case, start: () => Promise<Target>): Promise<void> {
    const began = Date.now();
    const walked = new Walk(start, one);
    await walked.run(this.#most);
    this.#points += walked.points;
    this.#lost += walked.losses.length;
    const seconds = Math.round((Date.now() - began) / 1000);
    console.log(`${one.type} ${one.name}: ${walked.points} fault points in ${seconds} s`);
    expect(walked.losses.map(({ point, why }) => `${point}: ${why}`)).toEqual([]);
    // One here and there is not come to in each run.
    if (!process.env.KVMNET_FAULTS_AGAIN) expect(walked.points).toBeGreaterThan(this.#most / 2);
  }

  toString(): string {
    return `${this.#points} fault points, ${this.#points - this.#lost} survived`;
  }
}
