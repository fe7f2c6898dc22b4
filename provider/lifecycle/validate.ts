import type { z } from "zod";
import type { Mistake } from "../model/mistake.ts";
import type { ResourceDefinition } from "../model/resource.ts";
import { unknownArgument } from "../model/unknown-argument.ts";
import { shown } from "../model/values/shown.ts";
import { unknownAt } from "./unknown.ts";
import { wording } from "./wording.ts";

type Issue = z.core.$ZodIssue;
/** What arguments are read against. */
type Schema = Pick<ResourceDefinition, "type" | "args">;

/** What came of reading a resource's arguments: typed arguments, or every mistake at once. */
export type Validated = { args: object; mistakes?: undefined } | { args?: undefined; mistakes: Mistake[] };

/**
 * Parses arguments against the resource's schema. A mistake about a value that is not known yet is no mistake: the
 * engine checks again when it is.
 */
export function validate(definition: Schema, args: Record<string, unknown>): Validated {
  const parsed = definition.args.safeParse(args, { error: wording });
  if (parsed.success) return { args: parsed.data };
  const mistakes = parsed.error.issues
    .filter((issue) => !unknownAt(args, issue.path))
    .flatMap((issue) => fromIssue(issue, definition, args));
  return { mistakes };
}

function fromIssue(issue: Issue, definition: Schema, args: Record<string, unknown>): Mistake[] {
  if (issue.code === "unrecognized_keys") {
    const known = issue.path.length ? [] : Object.keys(definition.args.shape);
    return issue.keys.map((key) => ({
      path: writePath([...issue.path, key]),
      text: unknownArgument(key, known, definition.type),
    }));
  }
  if (issue.code === "invalid_type" && issue.path.length > 0 && valueAt(args, issue.path) === undefined) {
    return [{ path: writePath(issue.path), text: `is required by ${definition.type}.` }];
  }
  if (issue.code === "invalid_union") {
    const nearest = issue.errors.reduce<Issue[]>((best, option) => deeper(option, best), []);
    if (nearest.length) {
      return nearest.flatMap((inner) =>
        fromIssue({ ...inner, path: [...issue.path, ...inner.path] }, definition, args),
      );
    }
  }
  return [{ path: writePath(issue.path), text: sentence(issue.message) }];
}

/** Of a union's failed options, the one that got furthest: its complaint is about what the user meant. */
function deeper(option: Issue[], best: Issue[]): Issue[] {
  const depth = (issues: Issue[]) =>
    Math.max(-1, ...issues.map((issue) => issue.path.length + (issue.code === "invalid_type" ? 0 : 1)));
  return depth(option) > depth(best) ? option : best;
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (here, step) =>
      typeof here === "object" && here !== null ? (here as Record<PropertyKey, unknown>)[step] : undefined,
    root,
  );
}

/** A path as users write it: `ports[0].targetPort`; a key that is no word is quoted: `hostRecords["a b"]`. */
export function writePath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    const key = String(step);
    if (!/^[\w.-]{1,64}$/.test(key)) return text ? `${text}[${shown(key)}]` : shown(key);
    return text ? `${text}.${key}` : key;
  }, "");
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
