import type { Host } from "../host/host.ts";
import type { Facts } from "../model/facts.ts";
import type { Mistake } from "../model/mistake.ts";
import type { Context, Found, ResourceDefinition } from "../model/resource.ts";
import { depthMistakes } from "./depth.ts";
import { foretold } from "./foretell.ts";
import { masker } from "./mask.ts";
import { planFor } from "./planner.ts";
import type { Session } from "./session.ts";
import { argumentsOf, type Deferred, given, type Inputs, prune, sameValue, seedOf } from "./state.ts";
import { hasUnknown, UNKNOWN } from "./unknown.ts";
import { validate } from "./validate.ts";

export interface CheckResult {
  readonly inputs: Record<string, unknown>;
  /** All mistakes of the resource. The property is empty: the engine would print a named one's raw value. */
  readonly failures: { property: ""; reason: string }[];
}

/**
 * Completes a resource's inputs and computes its plan. Never fails because a host is silent: it defers the plan. `olds`
 * are the inputs of the last operation, absent on a create and on a replacement.
 */
export async function check(
  definition: ResourceDefinition,
  olds: Record<string, unknown> | undefined,
  news: Record<string, unknown>,
  session: Session,
): Promise<CheckResult> {
  const deep = depthMistakes(news);
  if (deep.length) {
    return { inputs: {}, failures: deep.map(({ path, text }) => ({ property: "", reason: `${path}: ${text}` })) };
  }
  const host = news.host ?? session.defaultHost;
  const before = olds as unknown as Inputs | undefined;
  // What an import checks has no URN, and keeps nothing that was generated from one.
  const self = String(news.self ?? "");
  const seed = before?.self ? seedOf(before) : self;
  const inputs: Record<string, unknown> = { ...news, host, ...(seed !== self && { origin: seed }) };
  const mask = masker(news);
  const fail = (mistakes: readonly Mistake[]): CheckResult => ({
    inputs: news,
    failures: mistakes.map(({ path, text }) => ({ property: "", reason: mask(path ? `${path}: ${text}` : text) })),
  });

  const validated = validate(definition, given(news));
  const mistakes = [...(validated.mistakes ?? []), ...(host === undefined ? [noHost(definition)] : [])];
  if (mistakes.length) return fail(mistakes);
  if (!validated.args || hasUnknown(inputs)) return { inputs: { ...inputs, plan: UNKNOWN }, failures: [] };

  const place = await locate(definition, before, inputs, validated.args, session);
  if ("mistake" in place) return fail([place.mistake]);
  const known = { ...inputs, ...(place.hostId && { hostId: place.hostId }) };
  if ("deferred" in place && session.isSet("strict")) return fail([notShown(place.deferred)]);
  if ("deferred" in place) {
    const named = before && identity(definition, before, validated.args, nameIn(news), place.host.name);
    const found = definition.find && place.found;
    return { inputs: prune({ ...known, ...named, found, plan: { deferred: place.deferred } }), failures: [] };
  }

  const context: Context = { hostName: place.host.name, found: place.found, name: nameIn(news), urn: seed };
  const args = definition.complete(validated.args, context);
  const found = [
    ...session.identify(place.host, place.hostId),
    ...definition.mistakes(args, context, place.facts),
    ...session.claim(definition, place.host, self, args),
  ];
  if (found.length) return fail(found);
  await warn(definition, before, args, { session, place, mask, urn: self });
  const { plan } = planFor(definition, args, place.found);
  // An import changes nothing.
  if (self !== "" && !sameValue(before?.plan, plan)) {
    const effect = await foretold(definition, args, session.host(inputs.host), session);
    if (effect !== undefined) await session.log.info(self, mask(effect));
  }
  const derived = definition.derived?.(args);
  const completed = { ...known, ...args, ...derived, ...(definition.find && { found: place.found }), plan };
  return { inputs: prune(completed), failures: [] };
}

/** Says what the arguments before did not have said already. */
async function warn(
  definition: ResourceDefinition,
  before: Inputs | undefined,
  args: object,
  {
    session,
    place: { host, facts },
    mask,
    urn,
  }: { session: Session; place: Place; mask: (text: string) => string; urn: string },
): Promise<void> {
  const said = before ? (definition.warnings?.(argumentsOf(definition, before), host.name, facts) ?? []) : [];
  for (const warning of definition.warnings?.(args, host.name, facts) ?? []) {
    if (!said.includes(warning)) await session.log.warn(urn, mask(warning));
  }
}

/** Where a resource goes, which machine that is and what was found there. */
interface Place {
  readonly host: Host;
  readonly hostId: string | undefined;
  readonly found: Found;
  readonly facts: Facts | undefined;
}

/** A host that was not asked, or that said nothing; with what was found the last time, if that still speaks of the object. */
type Silent = Deferred & Pick<Place, "host" | "hostId"> & { readonly found: Found | undefined };

/**
 * Finds out about the host, from the old inputs if they still speak of the same host (no connection then), else from
 * the host itself.
 */
async function locate(
  definition: ResourceDefinition,
  before: Inputs | undefined,
  inputs: Record<string, unknown>,
  args: object,
  session: Session,
): Promise<Place | Silent | { mistake: Mistake }> {
  const resolved = tryHost(session, inputs.host);
  if ("mistake" in resolved) return resolved;
  const { host } = resolved;
  const moved = before !== undefined && !sameValue(before.host, inputs.host);
  const changed = (keys: readonly string[] = []) =>
    keys.some((key) => !sameValue(before?.[key], (args as typeof inputs)[key]));
  const anew = changed(definition.findOn) || replaced(definition, before, args, nameIn(inputs), host.name);
  // What was found holds for its machine, by whatever way or name that is reached.
  const kept = { hostId: before?.hostId, found: anew ? undefined : before?.found };
  if (!moved && (kept.found || !definition.find)) {
    // A silent one is asked at up, before it is changed.
    const asked = changed(definition.judgeOn) && !session.isSet("offline");
    const facts = asked ? await session.facts(host).catch(() => undefined) : undefined;
    return { host, hostId: kept.hostId, found: kept.found ?? {}, facts };
  }
  if (session.isSet("offline")) return { host, deferred: offline(host.name), ...kept };
  try {
    const facts = await session.facts(host);
    const known = facts.machineId === kept.hostId ? kept.found : undefined;
    const found = known ?? definition.find?.(args as never, facts) ?? {};
    return { host, hostId: facts.machineId, found, facts };
  } catch (error) {
    return { host, deferred: unanswered(host.name, error), ...kept };
  }
}

/** Whether the arguments name another object than before: what was found does not speak of it then. */
function replaced(
  definition: ResourceDefinition,
  before: Inputs | undefined,
  args: object,
  name: string,
  hostName: string,
): boolean {
  if (!before) return false;
  const named = identity(definition, before, args, name, hostName);
  return definition.replaceOn.some((key) => !sameValue(before[key], named[key]));
}

/** What tells the object that the arguments ask for from others, with what was left out: for that no host is needed. */
function identity(
  definition: ResourceDefinition,
  before: Inputs,
  args: object,
  name: string,
  hostName: string,
): Record<string, unknown> {
  const context = { name, urn: seedOf(before), found: before.found ?? {}, hostName };
  const completed = definition.complete(args, context) as Record<string, unknown>;
  return Object.fromEntries(definition.replaceOn.map((key) => [key, completed[key]]));
}

function tryHost(session: Session, host: unknown): { host: Host } | { mistake: Mistake } {
  try {
    return { host: session.host(host) };
  } catch (error) {
    return { mistake: { path: "", text: error instanceof Error ? error.message : String(error) } };
  }
}

function nameIn(news: Record<string, unknown>): string {
  return String(news.self ?? "")
    .split("::")
    .slice(3)
    .join("::");
}

function noHost(definition: ResourceDefinition): Mistake {
  return {
    path: "host",
    text: `${definition.type} has no host. Set "host", or run: pulumi config set kvmnet:host NAME`,
  };
}

function notShown(deferred: string): Mistake {
  return { path: "", text: `${deferred} kvmnet:strict is set, so nothing is applied that was not shown before.` };
}

function offline(hostName: string): string {
  return `kvmnet:offline is set, so ${hostName} was not asked. The plan is made at up.`;
}

function unanswered(hostName: string, error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return `${hostName} did not answer, so the plan is made at up. ${reason}`;
}
