import type { Work } from "./benchmark.ts";

/**
 * What `@pulumi/command` took for as many small files, over 50 ms, beyond the engine's own time (5.8 s and 1.9 s for 30). Its
 * plugin is not on any registry that the lab may use, so it cannot be measured beside ours.
 */
export function command(count: 30 | 300): NonNullable<Work["noted"]> {
  const thirty = 5_800 - 1_900;
  const name = "@pulumi/command";
  if (count === 30) return { name, from: "measured earlier, elsewhere", ms: { 50: thirty }, mostRatio: 0.25 };
  return { name, from: "ten times what 30 took earlier, elsewhere", ms: { 50: 10 * thirty }, mostRatio: 0.2 };
}
