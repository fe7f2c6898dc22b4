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

/**
 * Foreign text as a terminal may have it: control characters (but tab and newline), those that turn the direction of
 * writing, and halves of characters are written as escapes.
 */
export function escapeControls(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    /[\x00-\x08\x0b-\x1f\x7f-\x9f]|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|\p{Surrogate}/gu,
    (character) => {
      const code = character.charCodeAt(0).toString(16);
      return code.length > 2 ? `\\u${code.padStart(4, "0")}` : `\\x${code.padStart(2, "0")}`;
    },
  );
}

/** As systemd's files and libvirt's tools write it. */
export function yesNo(value: boolean): "yes" | "no" {
  return value ? "yes" : "no";
}

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", "'": "&apos;", '"': "&quot;" };

/** Text inside an attribute's quotes, or between tags (XML 1.0, section 2.4; HTML has the same five). */
export function escapeMarkup(text: string): string {
  return text.replace(/[&<>'"]/g, (character) => entities[character] ?? character);
}
