import { z } from "zod";
import { dnsmasqConf, dnsmasqLeases, dnsmasqUnit } from "../model/dnsmasq.ts";
import { parseLeases } from "../model/leases.ts";
import type { ResourceDefinition } from "../model/resource.ts";
import { ipAddress, ipv4Address, ipv4Cidr } from "../model/values/address.ts";
import { mac } from "../model/values/mac.ts";
import { domainName, hostname, interfaceName, line } from "../model/values/name.ts";
import { pending } from "../model/values/pending.ts";
import { addressOf, networkOf } from "../model/values/prefix.ts";
import { extraLineMistakes, optionMistakes } from "./dnsmasq-lines.ts";
import { countRanges, rangeMistakes, rangesOf } from "./ranges.ts";
import { reservationMistakes } from "./reservations.ts";

const reservation = z
  .strictObject({ mac, address: ipv4Address.optional(), hostname: hostname.optional() })
  .refine((given) => given.address !== undefined || given.hostname !== undefined, {
    error: "reserves nothing. Add an address, a hostname or both.",
  });
const args = z.strictObject({
  bridge: interfaceName.describe("The bridge to serve."),
  ipv4Cidr: ipv4Cidr.optional().describe("The bridge's network; comes with a Bridge."),
  gateway: ipv4Address.optional().describe("The host's address on the bridge; comes with a Bridge."),
  ranges: z.array(z.string()).optional().describe("Addresses to lease, first-last. Default: all but the gateway."),
  leaseTimeSeconds: z
    .number()
    .int()
    .min(120, { error: ({ input }) => `${input} s is too short; dnsmasq leases for 120 s at least.` })
    .max(31_536_000, { error: ({ input }) => `${input} s is over a year (31536000).` })
    .optional()
    .describe("Default: 3600."),
  maxLeases: z.number().int().min(1).max(1_000_000).optional().describe("Default: the number of addresses to lease."),
  reservations: z.array(reservation).optional().describe("Read again on SIGHUP, without an interruption."),
  domain: domainName.optional().describe("DNS domain of the guests."),
  authoritative: z.boolean().optional().describe("Answer for the domain alone. Default: true with a domain."),
  dns: z.boolean().optional().describe("Serve DNS. Default: true."),
  forwarders: z.array(ipAddress).optional().describe("Resolvers to ask. Default: the host's."),
  hostRecords: z.record(domainName, ipv4Address).optional().describe("Names and their addresses."),
  dhcpOptions: z
    .record(z.string(), z.union([line, z.array(line)]))
    .optional()
    .describe("By name or number."),
  extraLines: z.array(line).optional().describe("Added to the configuration as they are (dnsmasq(8))."),
  routerAdvertisements: pending,
  boot: pending,
  resolveOnHost: pending,
});
type Args = z.output<typeof args>;

/** A dnsmasq of its own for one bridge. */
export const dnsmasqInstance: ResourceDefinition<Args> = {
  type: "DnsmasqInstance",
  args,
  replaceOn: ["bridge"],
  id: ({ bridge }) => bridge,
  find({ bridge }, facts) {
    const address = facts.addresses.find(({ link }) => link === bridge)?.address;
    return { systemDnsmasq: facts.systemDnsmasq, ...(address !== undefined && { address }) };
  },
  complete(given, { found }) {
    const address = found.address as string | undefined;
    const network = given.ipv4Cidr ?? (address && networkOf(address));
    const gateway = given.gateway ?? (address && addressOf(address));
    return { ...given, ...(network && { ipv4Cidr: network }), ...(gateway && { gateway }) };
  },
  derived: ({ bridge, gateway }) => ({ unit: dnsmasqUnit(bridge), ...(gateway && { serverAddress: gateway }) }),
  mistakes(given, { hostName }) {
    const { ipv4Cidr: network, gateway } = given;
    if (!network || !gateway) {
      return [
        { path: "bridge", text: `${given.bridge} has no IPv4 address on ${hostName}. Pass the Bridge resource.` },
      ];
    }
    const place = { network, gateway };
    return [
      ...rangeMistakes(given.ranges ?? [], place),
      ...reservationMistakes(given.reservations ?? [], place),
      ...optionMistakes(Object.keys(given.dhcpOptions ?? {})),
      ...extraLineMistakes(given.extraLines ?? []),
    ];
  },
  desired(given) {
    const place = { network: given.ipv4Cidr ?? "", gateway: given.gateway ?? "" };
    const ranges = rangesOf(given.ranges, place);
    const options = Object.entries(given.dhcpOptions ?? {}).map(([name, value]) => [name, [value].flat()]);
    return [
      {
        noun: "dhcp",
        bridge: given.bridge,
        serverAddress: place.gateway,
        ipv4Cidr: place.network,
        ranges,
        leaseTimeSeconds: given.leaseTimeSeconds ?? 3600,
        maxLeases: given.maxLeases ?? countRanges(ranges),
        reservations: given.reservations ?? [],
        authoritative: given.authoritative ?? true,
        dns: given.dns ?? true,
        forwarders: given.forwarders ?? [],
        hostRecords: given.hostRecords ?? {},
        dhcpOptions: Object.fromEntries(options),
        extraLines: given.extraLines ?? [],
        ...(given.domain !== undefined && { domain: given.domain }),
      },
    ];
  },
  expects: ({ bridge }) => [
    {
      expect: ["program", "dnsmasq", "dnsmasq-base"],
      explain: (_, host) => ({
        path: "bridge",
        text: `dnsmasq is not installed on ${host}. Run there: apt install dnsmasq-base`,
      }),
    },
    {
      expect: ["link-exists", bridge],
      explain: (_, host) => ({ path: "bridge", text: `there is no bridge ${bridge} on ${host}. Make it first.` }),
    },
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
