import type { z } from "zod";
import { shown } from "../model/values/shown.ts";

/** What the schema library finds, in our words: the value, what is allowed. Messages of our own schemas go before. */
export const wording: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case "invalid_type":
      return `${shown(issue.input)} is ${nounOf(issue.input)}. Write ${article(issue.expected)}.`;
    case "invalid_value":
      return `${shown(issue.input)} is not known. Use ${either(issue.values.map(shown))}.`;
    case "too_small":
      return `${shown(issue.input)} is too small; ${issue.minimum} is the least.`;
    case "too_big":
      return `${shown(issue.input)} is too large; ${issue.maximum} is the most.`;
    default:
      return undefined;
  }
};

/** Made when there is a mistake to word: it is the dearest thing that loading this would do. */
function either(values: readonly string[]): string {
  return new Intl.ListFormat("en-GB", { type: "disjunction" }).format(values);
}

function nounOf(value: unknown): string {
  if (value === null) return "null";
  return article(Array.isArray(value) ? "array" : typeof value);
}

/** `int` is how the library calls a whole number, `record` an object of any keys. */
function article(type: string): string {
  const noun = { int: "whole number", array: "list", record: "object" }[type] ?? type;
  return `${/^[aeiou]/.test(noun) ? "an" : "a"} ${noun}`;
}
