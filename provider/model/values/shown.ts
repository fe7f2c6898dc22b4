import { escapeControls } from "../../plan/text.ts";

/** A value as a message shows it: quoted, so that blanks and control characters are seen, and cut if it is long. */
export function shown(value: unknown): string {
  const quoted = JSON.stringify(value) ?? String(value);
  return escapeControls(quoted.length > 80 ? `${quoted.slice(0, 77)}…"` : quoted);
}
