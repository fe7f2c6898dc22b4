import { z } from "zod";
import type { Claim } from "../model/claims.ts";
import type { Mistake } from "../model/mistake.ts";
import type { DhcpServer } from "../model/nouns/link.ts";
import type { Context } from "../model/resource.ts";
import { ipv4Address } from "../model/values/address.ts";
import { leaseTime } from "../model/values/lease-time.ts";
import { boundsOf, networkOf } from "../model/values/prefix.ts";
import { firstOfEach } from "./host-addresses.ts";

/** systemd-networkd's own DHCP server (systemd.network(5), "[DHCPServer] section"). */
export const dhcpServer = z
  .strictObject({
    poolOffset: z
      .number()
      .int()
      .min(1, { error: ({ input }) => `${input} is not in the network; its addresses are counted from 1.` })
      .optional()
      .describe("First address to lease, counted from the network's own. Default: the one after it."),
    poolSize: z
      .number()
      .int()
      .min(1, { error: ({ input }) => `${input} leases nothing. Leave dhcpServer out, or make it 1 at least.` })
      .optional()
      .describe("Addresses to lease. Default: the rest of the network."),
    dns: z.array(ipv4Address).optional().describe("Resolvers that guests are told of. Default: the host's."),
    leaseTimeSeconds: leaseTime("120 s is the least."),
  })
  .describe("systemd-networkd leases addresses of the bridge's first IPv4 network. Default: none.");
type Args = z.output<typeof dhcpServer>;

/** What the bridge has that matters here. */
interface Served {
  readonly name: string;
  readonly dhcpServer?: Args | undefined;
  readonly addresses: readonly string[];
}

/** Offset and size as networkd takes them: they must fit in between the network's own address and its broadcast address. */
export function serverOf({ dhcpServer: given, addresses }: Served): DhcpServer | undefined {
  const room = roomOf(addresses);
  if (!given || room === undefined) return undefined;
  const poolOffset = given.poolOffset ?? 1;
  return {
    poolOffset,
    poolSize: given.poolSize ?? room - poolOffset + 1,
    dns: given.dns ?? [],
    leaseTimeSeconds: given.leaseTimeSeconds ?? 3600,
  };
}

export function serverMistakes(served: Served, { found, hostName }: Context): Mistake[] {
  const { dhcpServer: given, addresses } = served;
  if (!given) return [];
  if (found.backend !== "networkd") {
    const text = `needs systemd-networkd, which does not keep the links of ${hostName}. Use a DnsmasqInstance.`;
    return [{ path: "dhcpServer", text }];
  }
  const room = roomOf(addresses);
  if (room === undefined) {
    return [{ path: "dhcpServer", text: "the bridge has no IPv4 address to lease beside. Add one to addresses." }];
  }
  const { poolOffset = 1, poolSize = 1 } = given;
  if (poolOffset + poolSize - 1 <= room) return [];
  const path = poolOffset > room ? "dhcpServer.poolOffset" : "dhcpServer.poolSize";
  const network = networkOf(firstOfEach(addresses).four ?? "");
  const text = `${poolOffset > room ? poolOffset : poolSize} goes beyond ${network}, which has addresses 1 to ${room}.`;
  return [{ path, text }];
}

/** A second server on the bridge would answer the same guests. */
export function serverClaims({ name, dhcpServer: given }: Served): Claim[] {
  return given ? [dhcpClaim(name, `systemd-networkd's DHCP server (Bridge "${name}")`, "dhcpServer")] : [];
}

/** What whoever serves DHCP on a bridge claims. */
export function dhcpClaim(bridge: string, holder: string, path: string): Claim {
  const wayOut = "A bridge has one DHCP server: leave Bridge.dhcpServer or the DnsmasqInstance out.";
  return { space: `${bridge} udp`, scope: "0.0.0.0", first: 67, last: 67, holder, path, wayOut };
}

/** How many addresses the first IPv4 network has for hosts. */
function roomOf(addresses: readonly string[]): number | undefined {
  const { four } = firstOfEach(addresses);
  if (four === undefined) return undefined;
  const { first, last } = boundsOf(networkOf(four));
  return Number(last - first) - 1;
}
