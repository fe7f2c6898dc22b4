import { escapeControls } from "../plan/text.ts";
import { checks } from "./checks/index.ts";
import type { Finding, Verdict } from "./finding.ts";

/** What `kvmnet doctor` says of a host. Public: `--json` prints it; `schema` changes when a reader would have to. */
export interface Diagnosis {
  readonly schema: 1;
  /** As it was called. */
  readonly host: string;
  /** 0: in order; 1: warnings or faults; 2: the host does not answer, or does not let us in. */
  readonly exitCode: 0 | 1 | 2;
  /** Why it could not be looked at, with exit code 2. */
  readonly error?: string;
  readonly counts: Readonly<Record<Verdict, number>>;
  readonly findings: readonly Finding[];
}

/** Faults first: they are what the reader came for. */
const order: readonly Verdict[] = ["fault", "warning", "unknown", "ok"];

/** The diagnosis of a host that was seen. What is not known is no finding. */
export function diagnosed(host: string, findings: readonly Finding[]): Diagnosis {
  const counts = countsOf(findings);
  const sorted = order.flatMap((verdict) => findings.filter((one) => one.verdict === verdict));
  return { schema: 1, host, exitCode: counts.fault + counts.warning > 0 ? 1 : 0, counts, findings: sorted };
}

/** The diagnosis of a host that did not answer. */
export function unreached(host: string, error: string): Diagnosis {
  return { schema: 1, host, exitCode: 2, error, counts: countsOf([]), findings: [] };
}

/** For programs. Control characters are JSON's matter. */
export function jsonText(diagnosis: Diagnosis): string {
  return `${JSON.stringify(diagnosis, undefined, 2)}\n`;
}

/** For people: a line each, and below it what was seen and what to do. Fit for a terminal, whatever a host says. */
export function plainText({ host, error, counts, findings }: Diagnosis): string {
  if (error !== undefined) return `${line(host)}: ${line(error)}\n`;
  const parts = [`${counts.fault} in the way or missing`, `${counts.warning} to look at`, `${counts.ok} ready`];
  if (counts.unknown) parts.push(`${counts.unknown} not known`);
  return [`${line(host)}: ${parts.join(", ")}`, "", ...findings.flatMap(findingLines), ""].join("\n");
}

function findingLines({ check, verdict, subject, evidence, fix }: Finding): string[] {
  const word = verdict === "fault" ? (checks.find(({ name }) => name === check)?.fault ?? verdict) : words[verdict];
  const first = `${word.padEnd(11)} ${check.padEnd(22)} ${line(subject)}`;
  if (verdict === "ok" || verdict === "unknown") return [`${first}: ${line(evidence)}`];
  return [first, `    ${line(evidence)}`, ...(fix === undefined ? [] : [`    fix: ${line(fix)}`])];
}

const words: Record<Exclude<Verdict, "fault">, string> = { ok: "ready", warning: "warning", unknown: "not known" };

/** Host-provided text on one line of the terminal. */
function line(text: string): string {
  return escapeControls(text.replace(/[\t\n]+/g, " "));
}

function countsOf(findings: readonly Finding[]): Record<Verdict, number> {
  const count = (verdict: Verdict) => findings.filter((one) => one.verdict === verdict).length;
  return { ok: count("ok"), warning: count("warning"), fault: count("fault"), unknown: count("unknown") };
}
