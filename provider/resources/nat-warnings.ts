import type { Facts } from "../model/facts.ts";
import { overlaps } from "../model/values/prefix.ts";

/** Of a NatNetwork, what these look at. */
interface Given {
  readonly bridge: string;
  readonly mode?: "nat" | "routed" | "isolated" | undefined;
  readonly ipv4Cidr?: string | undefined;
  readonly ipv6Cidr?: string | undefined;
  readonly nat66?: boolean | undefined;
  readonly uplinks?: readonly string[] | "any" | undefined;
}

/** Networks that nobody on the internet has: private, and shared by providers for theirs (RFC 1918, RFC 6598, RFC 4193). */
const nobodys = {
  ipv4: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"],
  ipv6: ["fc00::/7"],
};

/** Translated guests with addresses of somebody else: that one's servers are out of their reach. */
export function publicWarnings({ mode = "nat", ipv4Cidr, ipv6Cidr, nat66 }: Given): string[] {
  if (mode !== "nat") return [];
  const translated = [
    { path: "ipv4Cidr", cidr: ipv4Cidr, among: nobodys.ipv4, instead: "10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16" },
    { path: "ipv6Cidr", cidr: nat66 ? ipv6Cidr : undefined, among: nobodys.ipv6, instead: "fd00::/8" },
  ];
  return translated.flatMap(({ path, cidr, among, instead }) =>
    cidr === undefined || among.some((range) => isWithin(cidr, range))
      ? []
      : [
          `${path}: ${cidr} is not private. Guests do not reach those whose addresses these are. Use a network of ${instead}; if it is yours, set mode: "routed".`,
        ],
  );
}

/** Ways out that the host does not have: a misspelt name, one from another host, or one that is to come yet. */
export function uplinkWarnings({ bridge, uplinks = "any" }: Given, facts: Facts, hostName: string): string[] {
  const there = facts.interfaces;
  if (uplinks === "any" || there.length === 0) return [];
  const rest = there.filter((name) => name !== "lo" && name !== bridge && !/^(vnet|tap|veth)/.test(name));
  return uplinks.flatMap((uplink, index) =>
    there.includes(uplink)
      ? []
      : [
          `uplinks[${index}]: ${hostName} has no interface ${uplink}. Guests of ${bridge} get out there when it comes. It has ${rest.slice(0, 8).join(", ")}.`,
        ],
  );
}

/**
 * Docker has FORWARD drop by default only where it is Docker that turns forwarding on, when it starts.
 * Source: https://docs.docker.com/engine/network/packet-filtering-firewalls, "Docker on a router".
 */
export function dockerWarnings({ mode = "nat" }: Given, facts: Facts, hostName: string): string[] {
  if (mode === "isolated" || !facts.programs.includes("docker")) return [];
  return [
    `${hostName} has Docker, by which the host drops what nobody asked it to forward, but only if forwarding is off when Docker starts. This network has it on from the next boot: the host then forwards everything else too, to ports that containers do not publish among it. A HostFirewall with forward limits that.`,
  ];
}

function isWithin(cidr: string, range: string): boolean {
  const [length, least] = [cidr, range].map((prefix) => Number(prefix.split("/")[1]));
  return overlaps(cidr, range) && Number(length) >= Number(least);
}
