/** A command of `npx kvmnet`. */
export interface Command {
  readonly name: string;
  /** How it is called: `sudoers USER`. */
  readonly synopsis: string;
  /** What it is for, in one line. */
  readonly purpose: string;
  /** What it prints. Throws a `UsageError` on arguments that it does not take. */
  run(args: readonly string[]): string | Promise<string>;
}

/** A command line that was not understood. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
