import { z } from "zod";
import type { Mistake } from "../model/mistake.ts";
import type { Nat } from "../model/nouns/nat.ts";
import type { ResourceDefinition } from "../model/resource.ts";
import { tableOf } from "../model/table.ts";
import { hostAddress, ipRange, ipv4Cidr, ipv6Cidr } from "../model/values/address.ts";
import { interfaceName } from "../model/values/name.ts";
import { port } from "../model/values/port.ts";
import { addressOf, contains, firstHost, networkOf } from "../model/values/prefix.ts";
import { type Blocker, parseBlockers } from "./blockers.ts";
import { coexist, coexistExpectations } from "./coexist.ts";
import { firewallBackend } from "./firewall-backend.ts";
import { firstOfEach, hostAddresses, hostAddressesOn } from "./host-addresses.ts";
import { bridgeExists, nftInstalled } from "./host-expectations.ts";
import { modeMistakes, snatMistakes } from "./nat-modes.ts";
import { dockerWarnings, publicWarnings, uplinkWarnings } from "./nat-warnings.ts";
import { parseRule, rule } from "./rule.ts";
import { subnetClaims } from "./subnet-claims.ts";

const args = z.strictObject({
  bridge: interfaceName.describe("The bridge whose guests are translated."),
  mode: z
    .enum(["nat", "routed", "isolated"])
    .optional()
    .describe("nat translates, routed routes, isolated lets nothing out or in. Default: nat."),
  ipv4Cidr: ipv4Cidr.optional().describe("The guests' network. Default: the bridge's."),
  ipv6Cidr: ipv6Cidr
    .optional()
    .describe("The guests' IPv6 network, routed unless nat66 is set. Default: the bridge's."),
  hostAddresses,
  nat66: z.boolean().optional().describe("Translate IPv6, too. Default: false."),
  uplinks: z
    .union([z.array(interfaceName).min(1, { error: 'is empty. Name an interface, or use "any".' }), z.literal("any")])
    .optional()
    .describe("Interfaces through which guests reach the outside. Default: any but the bridge."),
  snatAddresses: z
    .array(hostAddress)
    .optional()
    .describe("Source addresses after translation, at most one a family. Default: that of the way out."),
  natPorts: port.optional().describe("Source ports of translated TCP and UDP. Default: 1024-65535."),
  natExemptRanges: z
    .array(ipRange)
    .optional()
    .describe("Never translated, beyond multicast, broadcast and other networks of ours."),
  guestToGuest: z.enum(["allow", "deny"]).optional().describe("Default: allow."),
  hostServices: z.array(rule).optional().describe("What guests may reach on the host beyond DHCP, DNS and ping."),
  ingress: z
    .array(rule)
    .optional()
    .describe("What others may begin with guests of a routed network. Default: nothing."),
  egress: z
    .array(rule)
    .optional()
    .describe("What guests may reach beyond the host, in this order; the rest is rejected. Default: everything."),
  clampMss: z
    .boolean()
    .optional()
    .describe("Lower TCP's segment size (MSS) to what the path takes, as over PPPoE or a tunnel. Default: false."),
  fillDhcpChecksum: z
    .boolean()
    .optional()
    .describe("Send DHCP answers without a checksum, for clients that drop an unfinished one. Default: false."),
  backend: firewallBackend,
  coexist,
});
type Args = z.output<typeof args>;

/** Address translation, routing and firewall for the guests of one bridge: one nftables table. */
export const natNetwork: ResourceDefinition<Args> = {
  type: "NatNetwork",
  args,
  replaceOn: ["bridge"],
  id: ({ bridge }) => bridge,
  findOn: ["uplinks"],
  find: ({ bridge }, facts) => ({
    backend: "nftables",
    hostAddresses: hostAddressesOn(bridge, facts),
    // What no sysctl could be named after is left alone.
    acceptRa: facts.acceptRa.filter((link) => link !== bridge && interfaceName.safeParse(link).success),
  }),
  complete(given, { found }) {
    const hosts = given.hostAddresses ?? (found.hostAddresses as string[] | undefined) ?? [];
    const { four, six } = firstOfEach(hosts);
    return {
      ...given,
      ...(four !== undefined && { ipv4Cidr: given.ipv4Cidr ?? networkOf(four) }),
      ...(six !== undefined && { ipv6Cidr: given.ipv6Cidr ?? networkOf(six) }),
    };
  },
  derived: (given) => ({
    table: tableOf(given.bridge),
    gateways: prefixesOf(given).map((cidr) => gatewayOf(cidr, given.hostAddresses)),
    isolated: given.mode === "isolated",
  }),
  mistakes: (given, { hostName }) => [
    ...(prefixesOf(given).length ? [] : [noAddress(given.bridge, hostName)]),
    ...strangerMistakes(given),
    ...modeMistakes(given),
    ...snatMistakes(given.snatAddresses ?? [], given),
  ],
  warnings: (given, hostName, facts) => [
    ...publicWarnings(given),
    ...(facts ? [...uplinkWarnings(given, facts, hostName), ...dockerWarnings(given, facts, hostName)] : []),
  ],
  claims: ({ bridge, ipv4Cidr: four, ipv6Cidr: six }) =>
    subnetClaims(bridge, [
      ...(four === undefined ? [] : [{ path: "ipv4Cidr", cidr: four }]),
      ...(six === undefined ? [] : [{ path: "ipv6Cidr", cidr: six }]),
    ]),
  desired: (given, { acceptRa }) => [
    natOf(given, (acceptRa as string[] | undefined) ?? []),
    ...(given.coexist ?? []).map((firewall) => ({ noun: "pass" as const, bridge: given.bridge, firewall })),
  ],
  expects: ({ bridge, coexist: beside = [] }) => [...coexistExpectations(beside), nftInstalled, bridgeExists(bridge)],
  reads: () => [["blockers"]],
  outputs: ({ coexist: beside = [] }, [blockers = ""]) => ({
    blockers: parseBlockers(blockers, beside),
  }),
  cautions: ({ bridge }, { blockers }, hostName) =>
    (blockers as Blocker[]).map(
      ({ by, rule, fix }) =>
        `${by} drops packets on ${hostName} (${rule}); guests of ${bridge} may not get through. To change that, ${fix}.`,
    ),
};

function natOf(given: Args, acceptRa: readonly string[]): Nat {
  return {
    noun: "nat",
    bridge: given.bridge,
    mode: given.mode ?? "nat",
    ...(given.ipv4Cidr !== undefined && { ipv4Cidr: given.ipv4Cidr }),
    ...(given.ipv6Cidr !== undefined && { ipv6Cidr: given.ipv6Cidr }),
    nat66: given.nat66 ?? false,
    uplinks: given.uplinks ?? "any",
    snatAddresses: given.snatAddresses ?? [],
    natPorts: String(given.natPorts ?? "1024-65535"),
    natExemptRanges: given.natExemptRanges ?? [],
    guestToGuest: given.guestToGuest ?? "allow",
    hostServices: (given.hostServices ?? []).map(parseRule),
    ingress: (given.ingress ?? []).map(parseRule),
    ...(given.egress && { egress: given.egress.map(parseRule) }),
    clampMss: given.clampMss ?? false,
    fillDhcpChecksum: given.fillDhcpChecksum ?? false,
    acceptRa,
  };
}

function prefixesOf({ ipv4Cidr: four, ipv6Cidr: six }: Args): string[] {
  return [four, six].filter((cidr) => cidr !== undefined);
}

/** The host's own address in a network, with its prefix length: the bridge's, else the first one. */
function gatewayOf(cidr: string, hosts: readonly string[] = []): string {
  const own = hosts.find((address) => contains(cidr, address.split("/")[0] ?? ""));
  return own ?? `${firstHost(cidr)}/${cidr.split("/")[1]}`;
}

/** Guests of a network that the host has no address in have no gateway, and the bridge's own would be rejected. */
function strangerMistakes({ bridge, ipv4Cidr: network, hostAddresses: hosts = [] }: Args): Mistake[] {
  const own = hosts.filter((one) => !one.includes(":"));
  if (network === undefined || own.length === 0 || own.some((one) => contains(network, addressOf(one)))) return [];
  const text = `the host has no address of ${network} on ${bridge}, but ${own.join(" and ")}. Leave it out, or give the Bridge one.`;
  return [{ path: "ipv4Cidr", text }];
}

function noAddress(bridge: string, hostName: string): Mistake {
  return {
    path: "bridge",
    text: `${bridge} has no address on ${hostName}. Pass the Bridge resource, or set ipv4Cidr or ipv6Cidr.`,
  };
}
