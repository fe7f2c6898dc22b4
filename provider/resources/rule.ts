import { z } from "zod";
import type { Rule } from "../model/nouns.ts";
import { ipRange } from "../model/values/address.ts";
import { parsePort, port } from "../model/values/port.ts";

/** What traffic is let through or kept out, as users write it. */
export const rule = z
  .strictObject({
    action: z.enum(["accept", "reject", "drop"]).optional(),
    protocol: z.enum(["tcp", "udp", "both", "icmp", "any"]).optional(),
    ports: z.array(port).optional(),
    sourceRanges: z.array(ipRange).optional(),
    destinationRanges: z.array(ipRange).optional(),
  })
  .superRefine(({ protocol, ports = [], sourceRanges = [], destinationRanges = [] }, { addIssue }) => {
    if (ports.length && (protocol === "icmp" || protocol === "any")) {
      const message = `cannot stand beside protocol "${protocol}": TCP and UDP have ports. Use "tcp", "udp" or "both", or leave ports out.`;
      addIssue({ code: "custom", path: ["ports"], message });
    }
    const of = (ranges: readonly string[], v6: boolean) =>
      ranges.length === 0 || ranges.some((one) => one.includes(":") === v6);
    if (![false, true].some((v6) => of(sourceRanges, v6) && of(destinationRanges, v6))) {
      const message = "are of another family than sourceRanges, and no packet is of both. Write a rule for each.";
      addIssue({ code: "custom", path: ["destinationRanges"], message });
    }
  });

/** With its defaults: accept; tcp when there are ports, else any. */
export function parseRule(given: z.output<typeof rule>): Rule {
  const ports = (given.ports ?? []).map(parsePort);
  return {
    action: given.action ?? "accept",
    protocol: given.protocol ?? (ports.length ? "tcp" : "any"),
    ports,
    sourceRanges: given.sourceRanges ?? [],
    destinationRanges: given.destinationRanges ?? [],
  };
}
