import { type ErrorCode, KvmnetError } from "../model/error.ts";
import { describeOwner } from "../model/owner.ts";
import type { Expectation } from "../model/resource.ts";
import { type Plan, parseKey } from "../plan/plan.ts";
import type { MemberReport } from "../plan/report.ts";
import { type Deferred, type Inputs, isDeferred } from "./state.ts";

type Failure = Extract<MemberReport, { ok: false }>;

/** What was asked for, to say in its words what was refused. */
export interface Asked {
  readonly hostName: string;
  readonly expects: readonly Expectation[];
  readonly plan: Plan | Deferred;
  /** Whether the object has a name that the user can change. */
  readonly named: boolean;
}

/** What of it stands in a resource's inputs or state. */
export function asked({ plan, name }: Inputs): Pick<Asked, "plan" | "named"> {
  return { plan, named: name !== undefined };
}

/** Turns a host's refusal into the error that the user reads. */
export function toError(failure: Failure, { hostName, expects, plan, named }: Asked): KvmnetError {
  const { code, about, detail } = failure;
  if (about?.expect !== undefined) {
    const mistake = expects[about.expect]?.explain(detail, hostName);
    if (mistake) return new KvmnetError({ code: "unmet", host: hostName, message: `${mistake.path}: ${mistake.text}` });
  }
  const key = about?.key;
  const object = key === undefined ? "the plan" : code === "conflict" ? describeObject(key, plan) : key;
  const message =
    code === "conflict" ? conflict(object, detail, hostName, named) : explain(code, object, detail, hostName);
  return new KvmnetError({ code: errorCode(code), host: hostName, message });
}

function errorCode(code: Failure["code"]): ErrorCode {
  switch (code) {
    case "conflict":
    case "verify-failed":
    case "apply-failed":
      return code;
    case "reverted":
      return "verify-failed";
    case "busy":
    case "restarted":
    case "unmet":
    case "unread":
      return "unmet";
    default:
      return "apply-failed";
  }
}

function explain(code: Failure["code"], object: string, detail: string, hostName: string): string {
  switch (code) {
    case "busy":
      return `${hostName} is busy with another change: ${detail}. Nothing was done; try again when it is through.`;
    case "restarted":
      return `${hostName} was restarted in the middle of the change, which undid it. Run pulumi up again.`;
    case "reverted":
      return `After the change ${hostName} let no new connection in for ${detail}, so it put back what was there before. Nothing of the change is left.`;
    case "verify-failed":
      return `${object} on ${hostName} is not as written after the change, so the change was undone: ${detail}`;
    case "undo-failed":
      return `${object} on ${hostName} could not be changed, nor put back: ${detail}. The next operation on the host tries to put it back again.`;
    case "unread":
      return `${object} could not be looked at on ${hostName}, so nothing is taken to be gone: ${detail}`;
    default:
      return `${object} could not be applied on ${hostName}, and nothing of the change is left: ${detail}`;
  }
}

function conflict(what: string, detail: string, hostName: string, named: boolean): string {
  const owner = /^owner (.+)$/m.exec(detail)?.[1];
  const object = `${named ? "name: " : ""}${what}`;
  const rename = named ? ", or choose another name" : "";
  return owner
    ? `${object} on ${hostName} belongs to ${describeOwner(owner)}. Remove it there first${rename}. If its state is lost: a stack of that name, of a project of that name, takes it over.`
    : `${object} exists on ${hostName} and no stack owns it. Set adopt: true to take it over${rename}.`;
}

/** A key as messages name the object: `link virbr10` is "bridge virbr10", as its text says. */
function describeObject(key: string, plan: Plan | Deferred): string {
  const type = isDeferred(plan) ? undefined : /^type (\S+)$/m.exec(plan[key] ?? "")?.[1];
  try {
    const { kind, name } = parseKey(key);
    return `${kind === "link" ? (type ?? "interface") : kind} ${name}`;
  } catch {
    return key;
  }
}
