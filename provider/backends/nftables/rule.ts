import type { ForwardRule, Rule } from "../../model/nouns/filter.ts";
import { writePort } from "../../model/values/port.ts";
import { widest } from "../../model/values/prefix.ts";

/**
 * What somebody may do with the host, as rules of an input chain (nft(8)): one, or one for each family of its ranges.
 * `verdict` stands where the action would.
 */
export function serviceRules(rule: Rule, verdict: string = rule.action): string[] {
  const { ports } = rule;
  const dialled = [...transportOf(rule), ...(ports.length ? [`th dport ${set(ports.map(writePort))}`] : [])];
  return endsOf(rule, "").map((ends) => [...ends, ...dialled, verdict].join(" "));
}

/**
 * The same rule about what was dialled before it was led elsewhere, as conntrack remembers it (nft(8), "ct original"). A rule
 * for each protocol and port: nft 1.0 lists sets of such ports in a way that it cannot read again.
 */
export function dialledRules(rule: Rule): string[] {
  const { protocol, ports, action } = rule;
  const protocols = protocol === "both" ? ["tcp", "udp"] : [protocol];
  const dialled = ports.length
    ? protocols.flatMap((each) =>
        ports.map((port) => [`meta l4proto ${each} ct original proto-dst ${writePort(port)}`]),
      )
    : [transportOf(rule)];
  return endsOf(rule, "ct original ").flatMap((ends) => dialled.map((to) => [...ends, ...to, action].join(" ")));
}

/** What the host forwards, as rules of a forward chain. */
export function forwardRules({ inInterfaces, outInterfaces, ...rule }: ForwardRule): string[] {
  const ways = [...among("iifname", inInterfaces), ...among("oifname", outInterfaces)];
  return serviceRules(rule).map((each) => [...ways, each].join(" "));
}

/** Matches interfaces by their names; empty for any. */
export function among(way: "iifname" | "iifname !=" | "oifname", names: readonly string[]): string[] {
  return names.length ? [`${way} ${set(names.map((name) => `"${name}"`))}`] : [];
}

/** Sources and destinations, for each family that is meant. `before` the destination: whose it is. */
function endsOf({ sourceRanges, destinationRanges }: Rule, before: string): string[][] {
  const [sources, destinations] = [byFamily(sourceRanges), byFamily(destinationRanges)];
  const one = (family: "ip" | "ip6") => [
    ...(sources[family].length ? [`${family} saddr ${rangeSet(sources[family])}`] : []),
    ...(destinations[family].length ? [`${before}${family} daddr ${rangeSet(destinations[family])}`] : []),
  ];
  if (sources.all + destinations.all === 0) return [[]];
  // Ranges of one family alone leave nothing of the other.
  const met = (["ip", "ip6"] as const).filter((family) =>
    [sources, destinations].every((each) => each.all === 0 || each[family].length > 0),
  );
  return met.map(one);
}

function transportOf({ protocol }: Rule): string[] {
  return protocol === "any" ? [] : [`meta l4proto ${transports[protocol] ?? protocol}`];
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

/** An anonymous set of addresses and networks: intervals of one must not overlap (nft(8), "SETS"). */
export function rangeSet(ranges: readonly string[]): string {
  return set(widest(ranges));
}

/** An anonymous set. */
export function set(elements: readonly string[]): string {
  return `{ ${elements.join(", ")} }`;
}
