import type { Scene } from "./scene.ts";

/** What a check says of one thing. `unknown`: it could not be seen, or cannot be judged before something else is mended. */
export type Verdict = "ok" | "warning" | "fault" | "unknown";

/** What a check says of one thing on the host. Public: `kvmnet doctor --json` prints it (docs/doctor.md). */
export interface Finding {
  readonly check: string;
  readonly verdict: Verdict;
  /** What it is about: `host`, `bridge virbr0`, `guest web`. */
  readonly subject: string;
  /** What was seen. Made of foreign text: not yet fit for a terminal. */
  readonly evidence: string;
  /** What to do, of a warning or a fault. */
  readonly fix?: string;
}

/** A finding as a check makes it. */
export interface Remark extends Omit<Finding, "check"> {
  /** The bridge that it concerns; the whole host if unset. */
  readonly on?: string;
}

/** One rung of the ladder: a pure function of what was seen. */
export interface Check {
  readonly name: string;
  /** What a fault of it is to the user: something missing, or something in the way. */
  readonly fault: "missing" | "in the way";
  /** Checks below it: with a fault there, on the host or the same bridge, what this one finds wrong only follows from it. */
  readonly needs: readonly string[];
  look(scene: Scene): readonly Remark[];
}
