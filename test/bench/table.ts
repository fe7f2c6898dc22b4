import { markdownTable } from "markdown-table";
import type { Figure, Goal, Peer } from "./figure.ts";

/** Figures as a Markdown table: for the terminal, and for docs/performance.md. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.name,
    withUnit(figure.value, figure.unit),
    figure.goal ? goalText(figure.goal, figure.unit) : "",
    figure.peer ? peerText(figure.peer, figure.unit) : "",
    figure.ratio === null ? "" : String(figure.ratio),
    figure.met === null ? "" : figure.met ? "met" : "NOT MET",
  ]);
  const align = ["l", "r", "r", "l", "r", "l"];
  return markdownTable([["figure", "value", "goal", "beside", "ratio", ""], ...rows], { align });
}

function goalText(goal: Goal, unit: string): string {
  const limit = "most" in goal ? `≤ ${goal.most}` : `≥ ${goal.least}`;
  return goal.of === "ratio" ? `ratio ${limit}` : withUnit(limit, unit);
}

function peerText({ name, value, noted }: Peer, unit: string): string {
  return `${name} ${withUnit(Number(value.toPrecision(3)), unit)}${noted ? ` (${noted})` : ""}`;
}

function withUnit(value: number | string, unit: string): string {
  return unit ? `${value} ${unit}` : String(value);
}
