import type { Mistake } from "../model/mistake.ts";
import { contains } from "../model/values/prefix.ts";

/** Of a NatNetwork, what its mode makes sense of. */
interface Moded {
  readonly mode?: "nat" | "routed" | "isolated" | undefined;
  readonly nat66?: boolean | undefined;
  readonly ipv4Cidr?: string | undefined;
  readonly ipv6Cidr?: string | undefined;
  readonly snatAddresses?: readonly string[] | undefined;
  readonly natPorts?: number | string | undefined;
  readonly natExemptRanges?: readonly string[] | undefined;
  readonly ingress?: readonly unknown[] | undefined;
  readonly egress?: readonly unknown[] | undefined;
  readonly uplinks?: readonly string[] | "any" | undefined;
  readonly clampMss?: boolean | undefined;
}

/** Arguments that the mode would leave without effect. */
export function modeMistakes(given: Moded): Mistake[] {
  const { mode = "nat" } = given;
  const named = (keys: readonly (keyof Moded)[]) => keys.filter((key) => isSet(given[key]));
  const translating = mode === "nat" ? [] : named(["snatAddresses", "natPorts", "natExemptRanges", "nat66"]);
  const leaving = mode === "isolated" ? named(["uplinks", "egress", "clampMss"]) : [];
  const entering = mode === "routed" ? [] : named(["ingress"]);
  const wayIn =
    mode === "nat"
      ? 'Set mode: "routed", or let a PortForward lead to the guest.'
      : 'Set mode: "routed", or leave it out.';
  return [
    ...translating.map((path) => ({
      path,
      text: `is for networks that are translated; this one is ${mode}. Set mode: "nat", or leave it out.`,
    })),
    ...leaving.map((path) => ({
      path,
      text: 'has no effect in an isolated network, which nothing leaves. Set mode: "nat" or "routed", or leave it out.',
    })),
    ...entering.map((path) => ({ path, text: `is for routed networks; this one's mode is "${mode}". ${wayIn}` })),
    ...(given.nat66 && given.ipv6Cidr === undefined
      ? [
          {
            path: "nat66",
            text: "there is no IPv6 network to translate. Give the bridge an IPv6 address, or set ipv6Cidr.",
          },
        ]
      : []),
  ];
}

/** Source addresses that nobody could answer, or of which one would have to be chosen. */
export function snatMistakes(addresses: readonly string[], given: Moded): Mistake[] {
  return addresses.flatMap((address, index) => {
    const v6 = address.includes(":");
    const text = fault(address, addresses.slice(0, index), given, v6);
    return text ? [{ path: `snatAddresses[${index}]`, text }] : [];
  });
}

function fault(address: string, before: readonly string[], given: Moded, v6: boolean): string | undefined {
  const family = v6 ? "IPv6" : "IPv4";
  const cidr = v6 ? given.ipv6Cidr : given.ipv4Cidr;
  if (["127.0.0.0/8", "0.0.0.0/8", "224.0.0.0/3", "::/127"].some((range) => contains(range, address))) {
    return `${address} is no address that an answer could come back to. Use one of the host's, or one that is routed to it.`;
  }
  const other = before.find((one) => one.includes(":") === v6);
  if (other !== undefined) return `${address} is a second ${family} address beside ${other}. Give one a family.`;
  if (cidr === undefined) return `${address} is ${family}, of which the network has no prefix. Leave it out.`;
  if (contains(cidr, address))
    return `${address} is in the guests' own network ${cidr}. Use an address of the host's uplink.`;
  if (v6 && !given.nat66) return `${address} is IPv6, which is routed. Set nat66: true, or leave it out.`;
  return undefined;
}

function isSet(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
}
