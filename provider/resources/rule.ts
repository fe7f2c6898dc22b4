import { z } from "zod";
import type { Rule } from "../model/nouns.ts";
import { ipRange } from "../model/values/address.ts";
import { parsePort, port } from "../model/values/port.ts";

/** What traffic is let through or kept out, as users write it. */
export const rule = z.strictObject({
  action: z.enum(["accept", "reject", "drop"]).optional(),
  protocol: z.enum(["tcp", "udp", "both", "icmp", "any"]).optional(),
  ports: z.array(port).optional(),
  sourceRanges: z.array(ipRange).optional(),
  destinationRanges: z.array(ipRange).optional(),
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
