import type { ParseArgsConfig } from "node:util";

/** A command of `npx kvmnet`. */
export interface Command {
  readonly name: string;
  /** How it is called: `sudoers USER`. */
  readonly synopsis: string;
  /** What it is for, in one line. */
  readonly purpose: string;
  /** Options that it takes besides `--help`. */
  readonly options?: NonNullable<ParseArgsConfig["options"]>;
  /** What it prints, and how it ends. Throws a `UsageError` on arguments that it does not take. */
  run(args: readonly string[], options: Readonly<Record<string, unknown>>): Outcome | Promise<Outcome>;
}

export interface Outcome {
  /** For the standard output. */
  readonly text: string;
  /** For the standard error. */
  readonly notice?: string;
  readonly exitCode: number;
}

/** A command line that was not understood. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
