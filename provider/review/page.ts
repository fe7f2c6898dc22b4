import { escapeMarkup } from "../plan/text.ts";
import { headline } from "./headline.ts";
import { byHost, type Change, type Review, sign } from "./review.ts";

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
details, p.change { border: 1px solid light-dark(#d0d7de, #3d444d); border-radius: 6px; margin: .5rem 0; padding: .5rem .75rem; }
summary { cursor: pointer; }
pre { overflow-x: auto; margin: .25rem 0 1rem; padding: .5rem; background: light-dark(#f6f8fa, #151b23); border-radius: 6px; }
ins, del, pre span { display: block; text-decoration: none; }
ins { background: light-dark(#dafbe1, #12261e); }
del { background: light-dark(#ffebe9, #25171c); }
pre span.between { opacity: .6; }
.note { border-left: 4px solid #59636e; padding-left: .75rem; }
.warning { border-left: 4px solid #d4a72c; padding-left: .75rem; }
.error { border-left: 4px solid #cf222e; padding-left: .75rem; }
`;

/** The review as a page of its own: one file without scripts, and with everything in it. */
export function page(review: Review): string {
  const title = `Preview of ${escapeMarkup(review.stack)}`;
  const remarks = review.remarks.map(
    ({ severity, text }) =>
      `<p class="${["error", "warning"].includes(severity) ? severity : "note"}">${escapeMarkup(text)}</p>`,
  );
  const sections = byHost(review).flatMap(([host, changes]) => [
    `<h2>${host === undefined ? "On no host" : escapeMarkup(host)}</h2>`,
    ...changes.map(section),
  ]);
  const body = [`<h1>${title}</h1>`, `<p><strong>${headline(review)}</strong></p>`, ...remarks, ...sections].join("\n");
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>${style}</style>
${body}
</html>
`;
}

function section({ operation, resource, objects, notes }: Change): string {
  const noted = notes.length > 0 ? ` (${notes.map(escapeMarkup).join("; ")})` : "";
  const summary = `<code>${sign[operation]} ${escapeMarkup(resource)}</code> ${operation}${noted}`;
  if (objects.length === 0) return `<p class="change">${summary}</p>`;
  const blocks = objects.map(({ key, lines, repeated }) =>
    repeated
      ? `<p><code>${escapeMarkup(key)}</code> (shared, as above)</p>`
      : `<p><code>${escapeMarkup(key)}</code></p>\n<pre>${lines.map(line).join("")}</pre>`,
  );
  const open = operation === "create" || operation === "delete" ? "" : " open";
  return `<details${open}><summary>${summary}</summary>\n${blocks.join("\n")}\n</details>`;
}

/** A line of a diff; empty ones keep their height. */
function line(text: string): string {
  const escaped = escapeMarkup(text);
  if (text.startsWith("+")) return `<ins>${escaped}</ins>`;
  if (text.startsWith("-")) return `<del>${escaped}</del>`;
  return text.startsWith("@") ? '<span class="between">⋯</span>' : `<span>${escaped}</span>`;
}
