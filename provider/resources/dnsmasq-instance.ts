import { z } from "zod";
import { dnsmasqConf, dnsmasqHosts, dnsmasqLeases, dnsmasqUnit } from "../model/dnsmasq.ts";
import { parseLeases } from "../model/leases.ts";
import type { Mistake } from "../model/mistake.ts";
import type { Boot } from "../model/nouns/dhcp.ts";
import type { ResourceDefinition } from "../model/resource.ts";
import { hostAddress, ipv4Address, ipv4Cidr, ipv6Address, ipv6Cidr } from "../model/values/address.ts";
import { leaseTime } from "../model/values/lease-time.ts";
import { mac } from "../model/values/mac.ts";
import { domainName, hostname, interfaceName, line } from "../model/values/name.ts";
import { addressOf, networkOf } from "../model/values/prefix.ts";
import { bootArgs, bootExpectations, bootMistakes } from "./boot.ts";
import { dhcpClaim } from "./dhcp-server.ts";
import { ipv6Mistakes, ipv6Of } from "./dnsmasq-ipv6.ts";
import { extraLineMistakes, optionMistakes } from "./dnsmasq-lines.ts";
import { mayRead } from "./dnsmasq-profile.ts";
import { forwarders, forwardersOf } from "./forwarders.ts";
import { firstOfEach, hostAddresses, hostAddressesOn } from "./host-addresses.ts";
import { bridgeExists } from "./host-expectations.ts";
import { countRanges, rangeMistakes, rangesOf } from "./ranges.ts";
import { replacesArgs, replacesMistakes } from "./replaces.ts";
import { reservationClaims } from "./reservation-claims.ts";
import { reservationMistakes } from "./reservations.ts";
import { resolvedRuns, resolveMistakes } from "./resolve-on-host.ts";

const reservation = z
  .strictObject({
    mac,
    address: ipv4Address.optional(),
    address6: ipv6Address.optional(),
    hostname: hostname.optional(),
  })
  .refine(({ address, address6, hostname: name }) => (address ?? address6 ?? name) !== undefined, {
    error: "reserves nothing. Add an address, a hostname or both.",
  });
const args = z.strictObject({
  bridge: interfaceName.describe("The bridge to serve."),
  hostAddresses,
  ipv4Cidr: ipv4Cidr.optional().describe("The guests' network. Default: the bridge's."),
  gateway: ipv4Address.optional().describe("The host's address in it. Default: its address on the bridge."),
  ipv6Cidr: ipv6Cidr.optional().describe("The guests' IPv6 network. Default: the bridge's."),
  ranges: z
    .array(z.string())
    .optional()
    .describe("Addresses to lease, first-last. Default: all of IPv4 but the gateway."),
  leaseTimeSeconds: leaseTime("dnsmasq leases for 120 s at least."),
  maxLeases: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .describe("Default: the number of addresses of the network."),
  reservations: z.array(reservation).optional().describe("Read again on SIGHUP, without an interruption."),
  domain: domainName.optional().describe("DNS domain of the guests."),
  authoritative: z.boolean().optional().describe("Answer for the domain alone. Default: true with a domain."),
  dns: z.boolean().optional().describe("Serve DNS. Default: true."),
  forwarders: forwarders.describe("Resolvers to ask, for all names or those of a domain. Default: the host's."),
  hostRecords: z
    .record(domainName, z.union([hostAddress, z.array(hostAddress)]))
    .optional()
    .describe("Names and their addresses, IPv4 or IPv6."),
  dhcpOptions: z
    .record(z.string(), z.union([line, z.array(line)]))
    .optional()
    .describe("By name or number."),
  extraLines: z.array(line).optional().describe("Added to the configuration as they are (dnsmasq(8))."),
  routerAdvertisements: z
    .enum(["slaac", "stateless", "stateful", "off"])
    .optional()
    .describe("How guests come to an IPv6 address. Default: slaac with a /64, else off."),
  boot: bootArgs.optional().describe("What guests start from over the network."),
  resolveOnHost: z.boolean().optional().describe("The host itself knows the domain's names. Default: false."),
  replaces: replacesArgs.optional().describe("A dnsmasq set up by hand that this one stands in for; needs adopt."),
});
type Args = z.output<typeof args>;

/** A dnsmasq of its own for one bridge. */
export const dnsmasqInstance: ResourceDefinition<Args> = {
  type: "DnsmasqInstance",
  args,
  replaceOn: ["bridge"],
  id: ({ bridge }) => bridge,
  find: ({ bridge }, facts) => ({
    systemDnsmasq: facts.systemDnsmasq,
    hostAddresses: hostAddressesOn(bridge, facts),
  }),
  complete(given, { found }) {
    const { four, six } = firstOfEach([
      ...(given.hostAddresses ?? []),
      ...((found.hostAddresses as string[] | undefined) ?? []),
    ]);
    return {
      ...given,
      ...(four !== undefined && {
        ipv4Cidr: given.ipv4Cidr ?? networkOf(four),
        gateway: given.gateway ?? addressOf(four),
      }),
      ...(six !== undefined && { ipv6Cidr: given.ipv6Cidr ?? networkOf(six) }),
    };
  },
  derived: ({ bridge, gateway }) => ({ unit: dnsmasqUnit(bridge), ...(gateway && { serverAddress: gateway }) }),
  mistakes(given, { hostName }) {
    const { ipv4Cidr: network, gateway } = given;
    if (!network || !gateway) {
      return [
        { path: "bridge", text: `${given.bridge} has no IPv4 address on ${hostName}. Pass the Bridge resource.` },
      ];
    }
    const hosts6 = (given.hostAddresses ?? []).filter((one) => one.includes(":")).map(addressOf);
    const place = { network, gateway, network6: given.ipv6Cidr, hosts6 };
    return [
      ...ipv6Mistakes(given),
      ...bootMistakes(given.boot),
      ...replacesMistakes(given.bridge, given.replaces),
      ...resolveMistakes(given),
      ...rangeMistakes(given.ranges ?? [], place),
      ...reservationMistakes(given.reservations ?? [], place),
      ...limitMistakes(given),
      ...forwarderMistakes(given),
      ...mutedMistakes(given),
      ...optionMistakes(Object.keys(given.dhcpOptions ?? {})),
      ...extraLineMistakes(given.extraLines ?? []),
    ];
  },
  claims: ({ bridge, reservations = [] }) => [
    dhcpClaim(bridge, `dnsmasq (DnsmasqInstance "${bridge}")`, "bridge"),
    ...reservations.flatMap((reserved, index) =>
      reservationClaims(bridge, reserved, `${reserved.mac} (DnsmasqInstance "${bridge}")`, `reservations[${index}].`),
    ),
  ],
  desired(given) {
    const place = { network: given.ipv4Cidr ?? "", gateway: given.gateway ?? "" };
    const ranges = rangesOf(given.ranges, place);
    const ipv6 = ipv6Of(given);
    const options = Object.entries(given.dhcpOptions ?? {}).map(([name, value]) => [name, [value].flat()]);
    return [
      {
        noun: "dhcp",
        bridge: given.bridge,
        serverAddress: place.gateway,
        ipv4Cidr: place.network,
        ranges,
        leaseTimeSeconds: given.leaseTimeSeconds ?? 3600,
        maxLeases: given.maxLeases ?? countRanges([...rangesOf(undefined, place), ...(ipv6?.ranges ?? [])]),
        ...(ipv6 && { ipv6 }),
        ...(given.boot && { boot: bootOf(given.boot) }),
        resolveOnHost: given.resolveOnHost ?? false,
        reservations: given.reservations ?? [],
        authoritative: given.authoritative ?? true,
        dns: given.dns ?? true,
        forwarders: forwardersOf(given.forwarders),
        hostRecords: Object.entries(given.hostRecords ?? {}).flatMap(([name, addresses]) =>
          [addresses].flat().map((address) => ({ name, address })),
        ),
        dhcpOptions: Object.fromEntries(options),
        extraLines: given.extraLines ?? [],
        ...(given.domain !== undefined && { domain: given.domain }),
        ...(given.replaces && { replaces: given.replaces }),
      },
    ];
  },
  expects: ({ bridge, boot, resolveOnHost }) => [
    {
      expect: ["program", "dnsmasq", "dnsmasq-base"],
      explain: (_, host) => ({
        path: "bridge",
        text: `dnsmasq is not installed on ${host}. Run there: apt install dnsmasq-base`,
      }),
    },
    bridgeExists(bridge),
    mayRead(dnsmasqHosts(bridge), "bridge"),
    ...bootExpectations(boot),
    ...(resolveOnHost ? [resolvedRuns] : []),
    {
      expect: ["dnsmasq-test", dnsmasqConf(bridge)],
      explain: (found, host) => ({
        path: "extraLines, dhcpOptions",
        text: `dnsmasq on ${host} does not take a line of its configuration (${found}). Correct it, or leave it out.`,
      }),
    },
  ],
  reads: ({ bridge }) => [["leases", dnsmasqLeases(bridge)]],
  outputs: (_, [leases = ""]) => ({ leases: parseLeases(leases) }),
};

/** Each reserved address is a lease, too. */
function limitMistakes({ maxLeases, reservations = [] }: Args): Mistake[] {
  const reserved = reservations.flatMap(({ address, address6 }) => [address, address6]).filter(Boolean).length;
  if (maxLeases === undefined || maxLeases >= reserved) return [];
  const text = `${maxLeases} is less than the ${reserved} addresses that are reserved: not all of them could be leased. Make it ${reserved} at least, or leave it out.`;
  return [{ path: "maxLeases", text }];
}

/** dnsmasq would do one or the other. */
function forwarderMistakes({ domain, authoritative = true, forwarders: given }: Args): Mistake[] {
  return forwardersOf(given).flatMap(({ domain: asked }, index) =>
    authoritative && asked !== undefined && asked === domain
      ? [
          {
            path: `forwarders[${index}].domain`,
            text: `${asked} is answered here alone. Leave it out, or set authoritative: false.`,
          },
        ]
      : [],
  );
}

/** Without DNS, these are for nobody. */
function mutedMistakes({ dns = true, ...given }: Args): Mistake[] {
  if (dns) return [];
  const said = (["forwarders", "hostRecords"] as const).filter((key) => Object.keys(given[key] ?? {}).length > 0);
  return said.map((path) => ({ path, text: "is about DNS, and dns is false. Leave one of them out." }));
}

function bootOf({ tftpRoot, file, server }: z.output<typeof bootArgs>): Boot {
  return { file, ...(tftpRoot !== undefined && { tftpRoot }), ...(server !== undefined && { server }) };
}
