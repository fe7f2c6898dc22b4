import { isDeepStrictEqual } from "node:util";
import type { Found, ResourceDefinition } from "../model/resource.ts";
import type { Plan } from "../plan/plan.ts";

/**
 * A resource's inputs as the engine keeps them: what the user wrote, completed by `check`. The arguments of the
 * resource itself stand beside these.
 */
export interface Inputs {
  readonly [argument: string]: unknown;
  /** A name, or a connection object (kept as a secret). */
  readonly host: unknown;
  readonly adopt?: boolean;
  /** The URN. Under a name of its own: the SDK drops an input that is called `urn`. */
  readonly self: string;
  /** The URN that the resource was created under, if it was renamed since: what was generated from it stays. */
  readonly origin?: string;
  /** Arguments that the program marked secret: no message shows their values. */
  readonly secretArgs?: readonly string[];
  /** `/etc/machine-id` of the host; unset for a part until it is created. */
  readonly hostId?: string;
  /** What a container found on its host when it was first planned. */
  readonly found?: Found;
  readonly plan: Plan | Deferred;
}

/** Stands where a plan would, when the host that it depends on did not answer. */
export interface Deferred {
  readonly deferred: string;
}

/** A resource's outputs as the engine keeps them. */
export interface State extends Inputs {
  readonly hostId?: string;
  /** Token of the create that made the objects; a delete removes only what still carries it. Empty: see `isImported`. */
  readonly nonce: string;
  /** Keys of objects of this resource that the last refresh did not find. They are not in `plan`, and still this resource's. */
  readonly missing?: readonly string[];
  /** Arguments that the program left out, and that an output of the same name stands for (a NIC's `address`). */
  readonly deduced?: readonly string[];
}

/**
 * Whether a state was written by `pulumi import`: it says what somebody else made, and no create of ours has left a token
 * there. The next update takes it over.
 */
export function isImported({ nonce }: Pick<State, "nonce">): boolean {
  return nonce === "";
}

/** The plan that was made; empty while it is deferred. */
export function planOf({ plan }: Pick<Inputs, "plan">): Plan {
  return isDeferred(plan) ? {} : plan;
}

/** Keys of everything that was put on the host because of this resource. */
export function applied(state: Pick<State, "plan" | "missing">): readonly string[] {
  return [...Object.keys(planOf(state)), ...(state.missing ?? [])];
}

/** Inputs that are not arguments of the resource itself. */
const own = ["host", "adopt", "self", "origin", "secretArgs", "hostId", "found", "plan", "__provider"];

/** What the program gave as arguments of the resource itself, with those that it does not have. */
export function given(news: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(news).filter(([key, value]) => !own.includes(key) && value != null));
}

/** The resource's own arguments among its inputs or its state: what the program gave, not what came of it. */
export function argumentsOf(definition: ResourceDefinition, inputs: Record<string, unknown>): Record<string, unknown> {
  const deduced = Array.isArray(inputs.deduced) ? inputs.deduced : [];
  const names = Object.keys(definition.args.shape).filter((name) => !deduced.includes(name));
  return pick(inputs, names);
}

/** A state with outputs, which may stand for arguments that the program left out. */
export function withOutputs(definition: ResourceDefinition, state: State, outputs: Record<string, unknown>): State {
  const args = argumentsOf(definition, state);
  const deduced = Object.keys(outputs).filter(
    (name) => name in definition.args.shape && !(name in args) && outputs[name] != null,
  );
  const { deduced: _, ...rest } = state;
  return prune({ ...rest, ...outputs, ...(deduced.length > 0 && { deduced }) });
}

/** The part of a state that is inputs. */
export function inputsOf(definition: ResourceDefinition, state: State): Record<string, unknown> {
  const args = argumentsOf(definition, state);
  return { ...pick(state, own), ...args, ...definition.derived?.(args) };
}

/** The rest of it: an argument that the program has dropped since is not among them. */
export function outputsOf(definition: ResourceDefinition, state: State): Record<string, unknown> {
  const inputs = inputsOf(definition, state);
  return Object.fromEntries(Object.entries(state).filter(([key]) => !(key in inputs)));
}

function pick(from: Record<string, unknown>, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(keys.filter((key) => from[key] != null).map((key) => [key, from[key]]));
}

/** The URN that generated values come from: the first that the resource had. */
export function seedOf({ origin, self }: Pick<Inputs, "origin" | "self">): string {
  return origin ?? self;
}

export function isDeferred(plan: unknown): plan is Deferred {
  return typeof plan === "object" && plan !== null && "deferred" in plan;
}

/** Equality as the engine sees it: an absent property and an undefined one are the same. */
export function sameValue(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(prune(a), prune(b));
}

/** The value without undefined properties, which the engine's wire format cannot carry. */
export function prune<T>(value: T): T {
  if (Array.isArray(value)) return value.map(prune) as T;
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(kept.map(([key, inner]) => [key, prune(inner)])) as T;
}
