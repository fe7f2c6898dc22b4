import type { z } from "zod";
import type { Mistake } from "./mistake.ts";

/** A resource that is nothing on any host: what it remembers in the stack's state is all there is of it. */
export interface StateOnlyDefinition<Args extends object = object> {
  /** Name of the class that users write, such as `SubnetPool`. */
  readonly type: string;
  /** Strict: an unknown argument is an error. */
  readonly args: z.ZodObject;
  /** Names of what `remember` gives. */
  readonly outputs: readonly string[];
  /** What is to be remembered, from the arguments and what was before (as it was checked then), or what is wrong. Pure. */
  remember(args: Args, before: Readonly<Record<string, unknown>>): Record<string, unknown> | Mistake[];
}
