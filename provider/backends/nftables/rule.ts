import type { Rule } from "../../model/nouns.ts";
import { writePort } from "../../model/values/port.ts";

/**
 * What somebody may do with the host, as rules of an input chain (nft(8)): one, or one for each family of its ranges.
 * `verdict` stands where the action would.
 */
export function serviceRules(rule: Rule, verdict: string = rule.action): string[] {
  const { protocol, ports, sourceRanges, destinationRanges } = rule;
  const transport = transports[protocol] ?? protocol;
  const [sources, destinations] = [byFamily(sourceRanges), byFamily(destinationRanges)];
  const one = (family: "ip" | "ip6") =>
    [
      ...(sources[family].length ? [`${family} saddr ${set(sources[family])}`] : []),
      ...(destinations[family].length ? [`${family} daddr ${set(destinations[family])}`] : []),
      ...(protocol === "any" ? [] : [`meta l4proto ${transport}`]),
      ...(ports.length ? [`th dport ${set(ports.map(writePort))}`] : []),
      verdict,
    ].join(" ");
  // Ranges of one family alone leave nothing of the other.
  const met = (["ip", "ip6"] as const).filter((family) =>
    [sources, destinations].every((each) => each.all === 0 || each[family].length > 0),
  );
  return [...new Set(met.map(one))];
}

/** What stands for several protocols. */
const transports: Partial<Record<Rule["protocol"], string>> = {
  both: set(["tcp", "udp"]),
  icmp: set(["icmp", "icmpv6"]),
};

function byFamily(ranges: readonly string[]) {
  return {
    ip: ranges.filter((range) => !range.includes(":")),
    ip6: ranges.filter((range) => range.includes(":")),
    all: ranges.length,
  };
}

/** An anonymous set. */
export function set(elements: readonly string[]): string {
  return `{ ${elements.join(", ")} }`;
}
