import type { Mistake } from "../model/mistake.ts";
import { writePath } from "./validate.ts";

/** No argument is nested half as deep; what comes after may walk through a value without fear for the stack. */
const deepest = 16;

/** Arguments that hold lists or objects nested deeper than any resource has them. */
export function depthMistakes(args: Record<string, unknown>): Mistake[] {
  return Object.entries(args)
    .filter(([, value]) => isDeeper(value))
    .map(([key]) => ({ path: writePath([key]), text: `is nested deeper than ${deepest} levels. No argument is.` }));
}

function isDeeper(value: unknown): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > deepest) return true;
    level = level.flatMap((one) => (typeof one === "object" && one !== null ? Object.values(one) : []));
  }
  return false;
}
