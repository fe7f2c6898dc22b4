import { isDeferred } from "../lifecycle/state.ts";
import { parseOwner, titleOf } from "../model/owner.ts";
import { type Plan, parseKey, planChange } from "../plan/plan.ts";
import { escapeControls } from "../plan/text.ts";
import { lineDiff } from "./line-diff.ts";
import type { Preview, Step } from "./preview.ts";

/** Operations of the engine as a reader counts them. What `preview --refresh` has found is in the updates that mend it. */
export type Operation = "create" | "import" | "update" | "replace" | "delete";

export const sign: Readonly<Record<Operation, string>> = {
  create: "+",
  import: "=",
  update: "~",
  replace: "±",
  delete: "-",
};

/** A host object, and the lines of it that change. */
export interface ObjectChange {
  /** As in a plan: `file /etc/…`. */
  readonly key: string;
  /** Each begins with `+`, `-`, a blank, or `@`, which stands for lines between. */
  readonly lines: readonly string[];
  /** It is shared, and the same change stands further up already: `lines` is empty. */
  readonly repeated: boolean;
}

/** What happens to a resource. All texts may be printed: control characters are escapes. */
export interface Change {
  readonly operation: Operation;
  /** `Bridge "br0"`. */
  readonly resource: string;
  /** Absent for resources of other providers. */
  readonly host?: string;
  readonly objects: readonly ObjectChange[];
  /** What is to be said besides, or instead. */
  readonly notes: readonly string[];
}

export interface Remark {
  readonly severity: string;
  readonly text: string;
}

/** A preview as somebody reviews it. */
export interface Review {
  /** `lab/prod`: project and stack. */
  readonly stack: string;
  readonly changes: readonly Change[];
  /** What the engine and the provider had to say. */
  readonly remarks: readonly Remark[];
  /** There was an error: what comes after it was not previewed. */
  readonly failed: boolean;
}

/** What a preview means on the hosts, line by line. Pure. */
export function reviewOf({ steps, diagnostics }: Preview): Review {
  const resources = steps.filter(({ newState, oldState }) => !(newState ?? oldState)?.type.startsWith("pulumi:"));
  const owner = steps[0] && parseOwner(steps[0].urn);
  const shown = new Set<string>();
  return {
    stack: owner ? escapeControls(`${owner.project}/${owner.stack}`) : "a stack",
    changes: resources.flatMap((step) => changeOf(step, shown)),
    failed: diagnostics.some(({ severity }) => severity === "error"),
    remarks: diagnostics.map(({ urn, severity, message }) => ({
      severity: escapeControls(severity),
      text: escapeControls(`${urn === "" ? "" : `${titleOf(parseOwner(urn))}: `}${withoutPrefix(message, severity)}`),
    })),
  };
}

/** Changes by host in the order of the preview; last those that are on none. */
export function byHost({ changes }: Review): [string | undefined, Change[]][] {
  const grouped = Map.groupBy(changes, ({ host }) => host);
  return [...grouped].sort(([a], [b]) => Number(a === undefined) - Number(b === undefined));
}

const operations: Readonly<Record<string, Operation>> = {
  create: "create",
  import: "import",
  update: "update",
  replace: "replace",
  delete: "delete",
};

/** `shown` are the texts that the reader has seen already: objects that several resources share are the same in each. */
function changeOf(step: Step, shown: Set<string>): Change[] {
  const operation = operations[step.op];
  if (operation === undefined) return [];
  const { oldState, newState, replaceReasons } = step;
  const type = (newState ?? oldState)?.type ?? "";
  const resource = escapeControls(titleOf(parseOwner(step.urn)));
  if (!type.includes("/kvmnet:")) return [{ operation, resource, objects: [], notes: [] }];
  const host = hostOf(newState?.inputs.host ?? oldState?.inputs.host);
  // What stands is an output, what is wanted an input.
  const before = planIn(oldState?.outputs);
  const after = planIn(newState?.inputs);
  const notes = [
    ...(replaceReasons?.length ? [`replaced because of ${replaceReasons.map(escapeControls).join(", ")}`] : []),
    ...[before, after].flatMap(({ note }) => note ?? []).filter((note, at, all) => all.indexOf(note) === at),
  ];
  if (before.plan === undefined || after.plan === undefined) return [{ operation, resource, host, objects: [], notes }];
  const objects = objectChanges(before.plan, after.plan, host, shown);
  const idle = objects.length === 0 && operation === "update" ? ["nothing changes on the host"] : [];
  return [{ operation, resource, host, objects, notes: [...notes, ...idle] }];
}

function objectChanges(before: Plan, after: Plan, host: string, shown: Set<string>): ObjectChange[] {
  const { put, drop } = planChange(before, after);
  return [...put, ...drop].map((key) => {
    const [old = "", now = ""] = [before[key], after[key]];
    const once = JSON.stringify([host, key, old, now]);
    const repeated = parseKey(key).shared && shown.has(once);
    shown.add(once);
    return { key: escapeControls(key), lines: repeated ? [] : lineDiff(old, now).map(escapeControls), repeated };
  });
}

/** The plan among inputs or outputs, or why there is none to show. */
function planIn(values: Readonly<Record<string, unknown>> = {}): { plan?: Plan; note?: string } {
  const { plan } = values;
  if (plan === undefined) return { plan: {} };
  if (plan === "[secret]") return { note: "an argument is secret, and so are the lines that come of it" };
  if (isDeferred(plan)) return { note: `not planned yet: ${escapeControls(plan.deferred)}` };
  if (typeof plan !== "object" || plan === null) return { note: "planned at up, when what it depends on is known" };
  return { plan: plan as Plan };
}

function hostOf(host: unknown): string {
  if (host === "[secret]") return "a host whose connection is secret";
  return typeof host === "string" ? escapeControls(host) : "a host";
}

/** The engine begins a message with its severity. */
function withoutPrefix(message: string, severity: string): string {
  const text = message.trim();
  return text.startsWith(`${severity}: `) ? text.slice(severity.length + 2) : text;
}
