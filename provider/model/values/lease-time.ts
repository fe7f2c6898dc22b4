import { z } from "zod";

/** Seconds for which addresses are leased, two minutes to a year. `least` says who wants the two minutes. */
export function leaseTime(least: string) {
  return z
    .number()
    .int()
    .min(120, { error: ({ input }) => `${input} s is too short; ${least}` })
    .max(31_536_000, { error: ({ input }) => `${input} s is over a year (31536000).` })
    .optional()
    .describe("Default: 3600.");
}
