import type { z } from "zod";
import type { Expect, Read } from "../plan/request.ts";
import type { Claim } from "./claims.ts";
import type { Facts, FirewallBackend, LinkBackend, NetworkManager } from "./facts.ts";
import type { Mistake } from "./mistake.ts";
import type { Noun } from "./nouns/noun.ts";

/**
 * A resource: a schema and pure functions from its arguments to nouns. The lifecycle does everything else, the same way
 * for all of them.
 */
export interface ResourceDefinition<Args extends object = object> {
  /** Name of the class that users write, such as `Bridge`. */
  readonly type: string;
  /**
   * The arguments without `host` and `adopt`, which the lifecycle handles (strict: an unknown one is an error).
   * `.describe()` on each is its documentation.
   */
  readonly args: z.ZodObject;
  /** Arguments whose change needs a new object. The machine always does. */
  readonly replaceOn: readonly string[];
  /** The Pulumi id: names the object among its kind on one host, such as `virbr10`. */
  id(args: Args): string;
  /**
   * What a container needs to know of its host before it can plan. The result becomes the input `found`, and is kept
   * from then on: later checks do not connect. A part has no `find`; it lives off its container's inputs.
   */
  find?(args: Args, facts: Facts): Found;
  /** Arguments whose change has the host asked again: what `find` makes of them. */
  readonly findOn?: readonly string[];
  /** Arguments whose change `mistakes` judges by the host's facts; nothing is found anew. */
  readonly judgeOn?: readonly string[];
  /**
   * Fills in what the user left out and what is deduced or generated. The result becomes the resource's inputs, so it
   * must be a function of these arguments alone (a preview and its up must agree, and so must a replacement).
   */
  complete(args: Args, context: Context): Args;
  /**
   * Values beyond the arguments that follow from them alone. They become inputs, so that a preview knows them and
   * other resources can be planned from them.
   */
  derived?(args: Args): Record<string, unknown>;
  /** Mistakes that need completed arguments to be seen, and with `facts` (a container's first check, or what `judgeOn` names changed) the host. */
  mistakes(args: Args, context: Context, facts?: Facts): Mistake[];
  /** What the user may not expect of what was asked for, and with `facts` of the host. Said when it is first asked for. */
  warnings?(args: Args, hostName: string, facts?: Facts): string[];
  /** How a change will take effect, for a preview: `read` is asked of the host, `says` makes a sentence of the answer. */
  readonly foretell?: {
    read(args: Args): Read;
    says(args: Args, reading: string, hostName: string): string | undefined;
  };
  /** What it wants of the host. */
  desired(args: Args, found: Found): Noun[];
  /** What no other resource of the same host may have. */
  claims?(args: Args): Claim[];
  /** Conditions checked on the host before anything is touched, and what to tell the user when one does not hold. */
  expects(args: Args, found: Found): Expectation[];
  /**
   * Seconds in which a change that may cut the path to the host must be confirmed over a new connection; unset for a
   * resource of which only the host can tell (it always looks).
   */
  confirmSeconds?(args: Args): number | undefined;
  /** Live values it needs for its outputs. */
  reads(args: Args): Read[];
  /** Outputs that need the host. `readings` answers `reads`, in their order. */
  outputs(args: Args, readings: readonly string[]): Record<string, unknown>;
  /** What the user should know of how it came out on the host. Said after each create and update. */
  cautions?(args: Args, outputs: Record<string, unknown>, hostName: string): string[];
  /** Seconds that create and update wait, without holding the host's lock, until `settled` of the outputs. */
  readonly settle?: {
    seconds(args: Args): number;
    settled(outputs: Record<string, unknown>): boolean;
    /** The warning when it did not happen in time. */
    warning(args: Args): string;
  };
}

/** What was found on the host when the resource was first planned. */
export interface Found {
  /** How links or firewall rules are kept; unset where the resource has no choice of backends. */
  readonly backend?: LinkBackend | FirewallBackend;
  /** Network managers that are told to leave a link of ours alone. */
  readonly unmanagedBy?: readonly NetworkManager[];
  readonly [fact: string]: unknown;
}

export interface Context {
  /** The resource's name in the program. */
  readonly name: string;
  /** The URN under which the resource was created: the seed of everything generated. */
  readonly urn: string;
  readonly found: Found;
  /** How the user calls the host, for messages. */
  readonly hostName: string;
}

export interface Expectation {
  readonly expect: Expect;
  /** The message when it does not hold; `detail` is what the host saw instead (untrusted, but escaped). */
  readonly explain: (detail: string, hostName: string) => Mistake;
}
