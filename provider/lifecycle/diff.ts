import type { ResourceDefinition } from "../model/resource.ts";
import { type Inputs, type State, sameValue } from "./state.ts";
import { UNKNOWN } from "./unknown.ts";

export interface DiffResult {
  readonly changes: boolean;
  readonly replaces: string[];
  readonly deleteBeforeReplace: boolean;
}

/**
 * Compares what stands with what is wanted. Pure. A machine or an identifying argument that differs (or is unknown,
 * because its container is being replaced) needs a new object; physical names are taken, so the old one goes first. While
 * arguments are unknown none is filled in, and one that is left out says nothing.
 */
export function diff(definition: ResourceDefinition, olds: State, news: Inputs): DiffResult {
  const names = Object.keys(definition.args.shape);
  const compared = [...names, "host", "adopt", "self", "found", "plan"];
  const before: Record<string, unknown> = {
    ...olds,
    ...Object.fromEntries((olds.deduced ?? []).map((key) => [key, undefined])),
  };
  const changed = compared.filter((key) => !sameValue(before[key], news[key]));
  const unknown = (news.plan as unknown) === UNKNOWN;
  const filledIn = (key: string) => !unknown || news[key] !== undefined;
  const moved = olds.hostId !== undefined && news.hostId !== undefined && olds.hostId !== news.hostId;
  const replaces = [
    ...definition.replaceOn.filter((key) => (changed.includes(key) && filledIn(key)) || news[key] === UNKNOWN),
    ...(moved ? ["host"] : []),
  ];
  return { changes: changed.length > 0 || moved, replaces, deleteBeforeReplace: true };
}
