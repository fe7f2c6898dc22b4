import { escapeControls, textOf } from "./text.ts";

/** Why the host did not do what a member asked. */
export const failureCodes = [
  /** Something foreign is in the way, or another resource owns the object. */
  "conflict",
  /** An expectation does not hold. */
  "unmet",
  /** The host's own check (`nft -c`) refuses a text. */
  "invalid",
  "apply-failed",
  /** The object was not as written after it was applied. */
  "verify-failed",
  /** The change failed, and so did putting things back; the host's next transaction tries that again. */
  "undo-failed",
  /** Another transaction did not end in time. */
  "busy",
  /** The machine was restarted after the request was sent, which undid whatever was done. */
  "restarted",
  /** The change was not confirmed over a new connection in time. */
  "reverted",
  /** An object could not be looked at: whether it is there is not known. */
  "unread",
] as const;
export type FailureCode = (typeof failureCodes)[number];

/** What became of one member of a request. */
export type MemberReport =
  | {
      readonly ok: true;
      /** The host's machine id. */
      readonly hostId: string;
      /** Canonical text of each object put or observed, by key; an absent one has none, a private one that was put is empty. */
      readonly objects: Readonly<Record<string, string>>;
      /** Answers to the member's reads, in their order. */
      readonly readings: readonly string[];
      /** Answers to reads of others, which were asked for together with what stands, by their words (see `wordsOf`). */
      readonly live?: Readonly<Record<string, string>>;
      /** What the user may want to know, such as `reloaded kvmnet-dnsmasq@virbr10.service`. */
      readonly notes: readonly string[];
      /** Seconds after which the host undoes it, unless it is confirmed over a new connection. */
      readonly pending?: number;
    }
  | {
      readonly ok: false;
      readonly hostId: string;
      readonly code: FailureCode;
      /** The object, or the index of the expectation, that failed. */
      readonly about?: { readonly key?: string; readonly expect?: number };
      /** What the host says. Made of foreign text: control characters are escaped. */
      readonly detail: string;
      readonly notes: readonly string[];
    };

export interface Report {
  readonly id: string;
  readonly hostId: string;
  readonly members: readonly MemberReport[];
  /** Lines of each fact, if the query asked for facts. */
  readonly facts: Readonly<Record<string, readonly string[]>>;
}

/** A host's answer that is no complete report. */
export class ReportError extends Error {
  override readonly name = "ReportError";
}

/** More than a request has: nobody counts to a billion because a host says so. */
const mostMembers = 1_000;

/**
 * Reads the host's report. Lines before it are skipped (noise of login files), unknown ones in it too. Throws a
 * `ReportError` if it is cut short; a member that the host says nothing of counts as failed when `members` tells how many
 * there are.
 */
export function parseReport(text: string, members = 0): Report {
  const lines = text.split("\n").map((line) => line.replace(/\r$/, ""));
  const first = lines.findIndex((line) => /^>(tx|query|confirm) \S+$/.test(line));
  if (first < 0) throw new ReportError("the host's answer has no report in it");
  const id = (lines[first] ?? "").replace(/^>\S+ /, "");
  const last = lines.indexOf(`>end ${id}`, first);
  if (last < 0) throw new ReportError("the host's report is cut short");
  const draft = new Draft();
  for (const line of text.split("\n").slice(first + 1, last)) draft.take(line);
  return draft.finish(id, members);
}

interface MemberDraft {
  pending: number | undefined;
  code: FailureCode | undefined;
  about: { key?: string; expect?: number };
  detail: string[];
  notes: string[];
  objects: Map<string, string[]>;
  readings: Map<number, string[]>;
  live: Map<string, string[]>;
}

/** A report as far as it has been read. */
class Draft {
  #hostId = "";
  readonly #members = new Map<number, MemberDraft>();
  readonly #facts = new Map<string, string[]>();
  #member: MemberDraft | undefined;
  /** Where content lines go. */
  #content: string[] | undefined;

  take(line: string): void {
    if (line.startsWith("|")) this.#content?.push(line.slice(1));
    if (!line.startsWith(">")) return;
    const [, verb = "", rest = ""] = /^>(\S*) ?(.*)$/s.exec(line.replace(/\r$/, "")) ?? [];
    this.#content = this.#control(verb, rest);
  }

  #control(verb: string, rest: string): string[] | undefined {
    if (verb === "host") this.#hostId = escapeControls(rest);
    if (verb === "member") return this.#begin(rest);
    if (verb === "fact") return into(this.#facts, rest);
    const member = this.#member;
    if (!member) return undefined;
    if (verb === "about") member.about = aboutOf(rest);
    if (verb === "about") return member.detail;
    if (verb === "object") return into(member.objects, rest);
    if (verb === "absent") member.objects.delete(rest);
    if (verb === "read" && /^\d{1,4}$/.test(rest)) return into(member.readings, Number(rest));
    if (verb === "live") return into(member.live, rest);
    if (verb === "note") member.notes.push(escapeControls(rest));
    return undefined;
  }

  #begin(rest: string): string[] | undefined {
    const [, index, pending, failed] = /^(\d{1,9}) (?:ok|pending (\d{1,3})|failed (\S+))$/.exec(rest) ?? [];
    if (index === undefined || Number(index) >= mostMembers) throw new ReportError("the host's report names no member");
    const code = failed === undefined ? undefined : (failureCodes.find((known) => known === failed) ?? "apply-failed");
    const seconds = pending === undefined ? undefined : Number(pending);
    const empty = { about: {}, detail: [], notes: [], objects: new Map(), readings: new Map(), live: new Map() };
    this.#member = { code, pending: seconds, ...empty };
    this.#members.set(Number(index), this.#member);
    return code && this.#member.detail;
  }

  finish(id: string, members: number): Report {
    const count = Math.max(members, ...[...this.#members.keys()].map((index) => index + 1));
    return {
      id,
      hostId: this.#hostId,
      members: Array.from({ length: count }, (_, index) => this.#finished(this.#members.get(index))),
      facts: Object.fromEntries(this.#facts),
    };
  }

  #finished(member: MemberDraft | undefined): MemberReport {
    const hostId = this.#hostId;
    if (!member) return { ok: false, hostId, code: "apply-failed", detail: "the host does not say", notes: [] };
    const { code, about, notes, pending, live } = member;
    if (code) return { ok: false, hostId, code, about, detail: escapeControls(member.detail.join("\n")), notes };
    const readings = Math.max(0, ...[...member.readings.keys()].map((index) => index + 1));
    return {
      ok: true,
      hostId,
      objects: Object.fromEntries([...member.objects].map(([key, lines]) => [key, textOf(lines)])),
      readings: Array.from({ length: readings }, (_, index) => readingOf(member.readings.get(index) ?? [])),
      ...(live.size > 0 && { live: Object.fromEntries([...live].map(([read, lines]) => [read, readingOf(lines)])) }),
      notes,
      ...(pending !== undefined && { pending }),
    };
  }
}

function into<K>(map: Map<K, string[]>, key: K): string[] {
  const lines: string[] = [];
  map.set(key, lines);
  return lines;
}

/** It becomes an output, which the engine shows as it is. */
function readingOf(lines: readonly string[]): string {
  return escapeControls(lines.join("\n"));
}

function aboutOf(rest: string): { key?: string; expect?: number } {
  const [, expect] = /^expect (\d{1,6})$/.exec(rest) ?? [];
  return expect === undefined ? { key: rest } : { expect: Number(expect) };
}
