import type { Rule } from "../../model/nouns.ts";
import { writePort } from "../../model/values/port.ts";

/** What guests may do with the host, as a rule of its input chain (nft(8)). */
export function serviceRule({ action, protocol, ports, sourceRanges, destinationRanges }: Rule): string {
  const transport = protocol === "both" ? set(["tcp", "udp"]) : protocol;
  return [
    ...(sourceRanges.length ? [`ip saddr ${set(sourceRanges)}`] : []),
    ...(destinationRanges.length ? [`ip daddr ${set(destinationRanges)}`] : []),
    ...(protocol === "any" ? [] : [`meta l4proto ${transport}`]),
    ...(ports.length ? [`th dport ${set(ports.map(writePort))}`] : []),
    action,
  ].join(" ");
}

/** An anonymous set. */
export function set(elements: readonly string[]): string {
  return `{ ${elements.join(", ")} }`;
}
