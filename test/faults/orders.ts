import type { State } from "../../provider/lifecycle/state.ts";

/** What the provider's process can be told: see `driver.ts`. */
export interface Order {
  /** `ask` sends a request that wants nothing; `close` ends the connections. */
  readonly verb: "create" | "update" | "delete" | "read" | "ask" | "close";
  /** Class and name of the resource. */
  readonly type?: string;
  readonly name?: string;
  readonly args?: Record<string, unknown>;
  readonly state?: State | undefined;
}

/** What it answers. */
export interface Answer {
  readonly state?: State;
  /** Of a read: would an `up` with these arguments change anything? */
  readonly changes?: boolean;
  /** Of a read: there is no such object. */
  readonly gone?: true;
  /** `known`: an error of ours, as users may see it. */
  readonly error?: { readonly known: boolean; readonly message: string };
  /** It was killed before it could answer. */
  readonly killed?: true;
}
