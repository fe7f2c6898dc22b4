import { escapeMarkup } from "../plan/text.ts";
import { headline } from "./headline.ts";
import { byHost, type Change, type Remark, type Review, sign } from "./review.ts";

/** Characters that a comment on GitHub may have, less some for what the user puts around it. */
const LIMIT = 60_000;

/**
 * The review as a comment on a pull request (GitHub Flavored Markdown, which GitLab and Forgejo read too). What comes
 * from a program or a host stands in fences, code spans and escaped HTML, so that it cannot become markup. Where all lines
 * would be too long for a comment, the last resources have none, and say so.
 */
export function markdown(review: Review, limit = LIMIT): string {
  const head = [`### Preview of ${code(review.stack)}`, `**${headline(review)}**`, ...review.remarks.map(remark)];
  let room = limit - head.join("\n\n").length;
  const sections = byHost(review).flatMap(([host, changes]) => [
    ...(host === undefined ? [] : [`#### ${code(host)}`]),
    ...changes.map((change) => {
      const whole = section(change);
      const text =
        whole.length < room ? whole : section({ ...change, objects: [], notes: [...change.notes, TOO_LONG] });
      room -= text.length + 2;
      return text;
    }),
  ]);
  return `${[...head, ...sections].join("\n\n")}\n`;
}

const TOO_LONG = "its lines are too many for a comment: npx kvmnet review --html has them";

/** Folded, where the whole thing comes or goes. */
function section({ operation, resource, objects, notes }: Change): string {
  const summary = `<code>${sign[operation]} ${oneLine(escapeMarkup(resource))}</code> ${operation}`;
  const noted = notes.length > 0 ? ` (${notes.map((note) => oneLine(escapeMarkup(note))).join("; ")})` : "";
  if (objects.length === 0) return `<p>${summary}${noted}</p>`;
  const open = operation === "create" || operation === "delete" ? "" : " open";
  const lines = objects.flatMap(({ key, lines, repeated }) => [
    code(repeated ? `${key} (shared, as above)` : key),
    ...(lines.length > 0 ? [fenced("diff", lines)] : []),
  ]);
  return [`<details${open}><summary>${summary}${noted}</summary>`, ...lines, "</details>"].join("\n\n");
}

const titles: Readonly<Record<string, string>> = { error: "Error", warning: "Warning" };

function remark({ severity, text }: Remark): string {
  return [`**${titles[severity] ?? "Note"}**`, fenced("text", text.split("\n"))].join("\n\n");
}

/** A block whose fence is longer than any in it (CommonMark 0.31, section 4.5). */
function fenced(language: string, lines: readonly string[]): string {
  const text = lines.map(oneLine).join("\n");
  const fence = "`".repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}${language}\n${text}\n${fence}`;
}

/** A code span, whose delimiters are longer than any in it (section 6.1). */
function code(text: string): string {
  const ticks = "`".repeat(longestRun(text) + 1);
  const pad = /^`|`$/.test(text) ? " " : "";
  return `${ticks}${pad}${oneLine(text)}${pad}${ticks}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}

function oneLine(text: string): string {
  return text.replaceAll("\n", " ");
}
