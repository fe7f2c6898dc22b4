import { z } from "zod";
import type { ForwardRule, Rule } from "../model/nouns/filter.ts";
import { ipRanges } from "../model/values/address.ts";
import { interfacePattern } from "../model/values/name.ts";
import { parsePort, port } from "../model/values/port.ts";

const packets = z.strictObject({
  action: z.enum(["accept", "reject", "drop"]).optional(),
  protocol: z.enum(["tcp", "udp", "both", "icmp", "any"]).optional(),
  ports: z.array(port).min(1, { error: "is empty. Name a port, or leave it out for all." }).optional(),
  sourceRanges: ipRanges("Name where it may come from, or leave it out for anywhere.").optional(),
  destinationRanges: ipRanges("Name where it may go, or leave it out for anywhere.").optional(),
});
const interfaces = z
  .array(interfacePattern)
  .min(1, { error: "is empty. Name an interface, or leave it out for any." })
  .optional();

/** What traffic is let through or kept out, as users write it. */
export const rule = packets.superRefine(refuseUnmet);

/** The same of what passes through the host. */
export const forwardRule = packets
  .extend({ inInterfaces: interfaces, outInterfaces: interfaces })
  .superRefine(refuseUnmet);

/** A rule that no packet can meet. */
function refuseUnmet(
  { protocol, ports = [], sourceRanges = [], destinationRanges = [] }: z.output<typeof packets>,
  { addIssue }: Pick<z.RefinementCtx, "addIssue">,
): void {
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
}

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

/** The same of what passes through the host, by any interfaces unless it names some. */
export function parseForwardRule({ inInterfaces, outInterfaces, ...given }: z.output<typeof forwardRule>): ForwardRule {
  return { ...parseRule(given), inInterfaces: inInterfaces ?? [], outInterfaces: outInterfaces ?? [] };
}
