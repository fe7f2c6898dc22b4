import { z } from "zod";
import type { ResourceDefinition } from "../model/resource.ts";
import { tableOf } from "../model/table.ts";
import { ipv4Cidr, ipv4Range } from "../model/values/address.ts";
import { interfaceName } from "../model/values/name.ts";
import { pending } from "../model/values/pending.ts";
import { port } from "../model/values/port.ts";
import { networkOf } from "../model/values/prefix.ts";
import { shown } from "../model/values/text.ts";
import { parseBlockers } from "./blockers.ts";
import { parseRule, rule } from "./rule.ts";

const args = z.strictObject({
  bridge: interfaceName.describe("The bridge whose guests are translated."),
  mode: z
    .literal("nat", { error: ({ input }) => `${shown(input)} is not built yet; use "nat", or leave it out.` })
    .optional()
    .describe("Default: nat."),
  ipv4Cidr: ipv4Cidr.optional().describe("The guests' network. Default: the bridge's."),
  uplinks: z
    .union([z.array(interfaceName).min(1, { error: 'is empty. Name an interface, or use "any".' }), z.literal("any")])
    .optional()
    .describe("Interfaces through which guests reach the outside. Default: any but the bridge."),
  natPorts: port.optional().describe("Source ports of translated TCP and UDP. Default: 1024-65535."),
  natExemptRanges: z.array(ipv4Range).optional().describe("Never translated, beyond multicast and broadcast."),
  guestToGuest: z.enum(["allow", "deny"]).optional().describe("Default: allow."),
  hostServices: z.array(rule).optional().describe("What guests may reach on the host beyond DHCP, DNS and ping."),
  backend: z.enum(["nftables"]).optional().describe("Default: nftables."),
  ipv6Cidr: pending,
  nat66: pending,
  snatAddresses: pending,
  ingress: pending,
  clampMss: pending,
  fillDhcpChecksum: pending,
  coexist: pending,
});
type Args = z.output<typeof args>;

/** Address translation and firewall for the guests of one bridge: one nftables table. */
export const natNetwork: ResourceDefinition<Args> = {
  type: "NatNetwork",
  args,
  replaceOn: ["bridge"],
  id: ({ bridge }) => bridge,
  find: ({ bridge, ipv4Cidr: given }, facts) => ({
    backend: "nftables",
    ipv4Cidr:
      given ?? facts.addresses.filter(({ link }) => link === bridge).map(({ address }) => networkOf(address))[0],
  }),
  complete(given, { found }) {
    const network = given.ipv4Cidr ?? (found.ipv4Cidr as string | undefined);
    return { ...given, ...(network !== undefined && { ipv4Cidr: network }) };
  },
  derived: ({ bridge }) => ({ table: tableOf(bridge) }),
  mistakes: ({ bridge, ipv4Cidr: network }, { hostName }) =>
    network === undefined
      ? [
          {
            path: "bridge",
            text: `${bridge} has no IPv4 address on ${hostName}. Pass the Bridge resource, or set ipv4Cidr.`,
          },
        ]
      : [],
  desired: (given) => [
    {
      noun: "nat",
      bridge: given.bridge,
      ipv4Cidr: given.ipv4Cidr ?? "",
      uplinks: given.uplinks ?? "any",
      natPorts: String(given.natPorts ?? "1024-65535"),
      natExemptRanges: given.natExemptRanges ?? [],
      guestToGuest: given.guestToGuest ?? "allow",
      hostServices: (given.hostServices ?? []).map(parseRule),
    },
  ],
  expects: ({ bridge }) => [
    {
      expect: ["program", "nft", "nftables"],
      explain: (_, host) => ({
        path: "backend",
        text: `nft is not installed on ${host}. Run there: apt install nftables`,
      }),
    },
    {
      expect: ["link-exists", bridge],
      explain: (_, host) => ({ path: "bridge", text: `there is no bridge ${bridge} on ${host}. Make it first.` }),
    },
  ],
  reads: ({ bridge }) => [["blockers", bridge]],
  outputs: (_, [blockers = ""]) => ({ blockers: parseBlockers(blockers) }),
};
