import { z } from "zod";
import { shown } from "./shown.ts";

/**
 * A string that a function finds fault with, or not. The message names the value, what is allowed and the way out; the
 * path is put in front by the lifecycle.
 */
export function text(
  fault: (value: string) => string | undefined,
): z.ZodPipe<z.ZodString, z.ZodTransform<string, string>>;
export function text<T>(
  fault: (value: string) => string | undefined,
  canonical: (value: string) => T,
): z.ZodPipe<z.ZodString, z.ZodTransform<T, string>>;
export function text(
  fault: (value: string) => string | undefined,
  canonical: (value: string) => unknown = (value) => value,
): z.ZodPipe<z.ZodString, z.ZodTransform<unknown, string>> {
  const checked = z.string().superRefine((value, context) => {
    // Half of a surrogate pair cannot be written as UTF-8: what arrives would not be what was asked for.
    const message = value.isWellFormed() ? fault(value) : `${shown(value)} holds half of a character. Write it whole.`;
    if (message) context.addIssue({ code: "custom", message });
  });
  return checked.transform(canonical);
}
