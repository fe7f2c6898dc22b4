import { structuredPatch } from "diff";

/** The lines that change between two texts, with three around them, as diff(1) writes them; `@` stands for lines between. */
export function lineDiff(before: string, after: string): string[] {
  const { hunks } = structuredPatch("", "", before, after, "", "", { context: 3 });
  const lines = hunks.flatMap((hunk, at) => (at > 0 ? ["@", ...hunk.lines] : hunk.lines));
  return lines.filter((line) => !line.startsWith("\\"));
}
