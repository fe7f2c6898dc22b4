/**
 * A text is lines, each with its newline at the end (POSIX, 3.185 Incomplete Line): without the last one, adding a line
 * would show as two changed lines in a preview.
 */
export function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

/** The lines of a text. Throws a `TypeError` on a last line without its newline. */
export function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.pop() !== "") throw new TypeError(`no newline at the end of ${JSON.stringify(text.slice(-40))}`);
  return lines;
}
