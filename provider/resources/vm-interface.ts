import { z } from "zod";
import type { Claim } from "../model/claims.ts";
import { dnsmasqLeases } from "../model/dnsmasq.ts";
import { parseLeases } from "../model/leases.ts";
import type { Mistake } from "../model/mistake.ts";
import type { Reservation } from "../model/nouns/dhcp.ts";
import type { Expectation, ResourceDefinition } from "../model/resource.ts";
import { ipv4Address, ipv6Address } from "../model/values/address.ts";
import { domainRef, filterRef, libvirtUri, tapName } from "../model/values/libvirt.ts";
import { deriveMac, mac, macPrefix } from "../model/values/mac.ts";
import { mtu } from "../model/values/mtu.ts";
import { hostname, interfaceName } from "../model/values/name.ts";
import { isLinkLocal, networkOf } from "../model/values/prefix.ts";
import type { Read } from "../plan/request.ts";
import { hostAddresses } from "./host-addresses.ts";
import { bandwidth, isContainer, nicMistakes, queues } from "./nic-limits.ts";
import { sourceArgs, sourceExpectations, sourceMistakes, sourceOf, sourceWarnings } from "./nic-source.ts";
import { reservationClaims } from "./reservation-claims.ts";
import { unreservable } from "./reservations.ts";

const args = z.strictObject({
  domain: domainRef.describe("Name or UUID of the libvirt domain."),
  ...sourceArgs,
  uri: libvirtUri.optional().describe("Default: qemu:///system."),
  hostAddresses,
  dhcp: interfaceName.optional().describe("The bridge whose dnsmasq reserves address and hostname."),
  address: ipv4Address.optional().describe("Address to reserve."),
  address6: ipv6Address.optional().describe("IPv6 address to reserve, by DHCPv6."),
  hostname: hostname.optional().describe("Name to reserve."),
  mac: mac.optional().describe("Default: derived from the resource, and stable."),
  macPrefix: macPrefix.optional(),
  tap: tapName.optional().describe("Name of the host's end. Default: libvirt's, another after each start."),
  model: z.enum(["virtio", "e1000e", "rtl8139"]).optional().describe("Default: virtio; containers have none."),
  queues: queues.optional().describe("Default: 1. At most as many as the guest has processors are of use."),
  mtu: mtu.optional().describe("Bytes. Default: the network's."),
  bandwidth: bandwidth.optional().describe("KiB/s to the guest and from it. Default: no limit."),
  filter: filterRef.optional().describe("A libvirt network filter, such as clean-traffic."),
  linkState: z.enum(["up", "down"]).optional().describe("Default: up."),
  isolated: z.boolean().optional().describe("Kept apart from other isolated ports of the bridge. Default: false."),
  apply: z.enum(["auto", "next-boot"]).optional().describe("Default: auto, at once in a running domain."),
  waitForAddressSeconds: z.number().int().min(0).max(600).optional().describe("Default: 30. 0 does not wait."),
});
type Args = z.output<typeof args> & { readonly mac: string };

const SYSTEM = "qemu:///system";

/** A NIC of a libvirt domain, live and in its stored definition as the domain's state allows. */
export const vmInterface: ResourceDefinition<Args> = {
  type: "VmInterface",
  args,
  replaceOn: ["domain", "uri"],
  id: ({ domain: name, mac: address }) => `${name}/${address}`,
  complete: (given, { urn }) => ({ ...given, mac: given.mac ?? deriveMac(given.macPrefix ?? "52:54:00", urn) }),
  derived: ({ apply }) => (apply === "next-boot" ? { effect: "next boot" } : {}),
  mistakes: (given) => [
    ...tapMistakes(given),
    ...sourceMistakes(given),
    ...nicMistakes(given),
    ...reservationMistakes(given),
  ],
  claims: (given) => [
    macClaim(given.mac, given.domain),
    ...(given.tap === undefined ? [] : [tapClaim(given.tap, given.domain)]),
    ...(given.dhcp === undefined ? [] : reservationClaims(given.dhcp, given, `a NIC of domain "${given.domain}"`)),
  ],
  warnings: (given, hostName) => [...sourceWarnings(sourceOf(given), hostName), ...elsewhereWarnings(given)],
  foretell: { read: (given) => ["running-domains", given.uri ?? SYSTEM], says: effectForetold },
  desired: (given) => [
    {
      noun: "nic",
      uri: given.uri ?? SYSTEM,
      domain: given.domain,
      mac: given.mac,
      source: sourceOf(given),
      isolated: given.isolated ?? false,
      nextBoot: given.apply === "next-boot",
      ...(given.tap !== undefined && { tap: given.tap }),
      // Containers have no emulated hardware, hence no model; nor has real hardware.
      ...(!isContainer(given) && given.pciDevice === undefined && { model: given.model ?? "virtio" }),
      ...(given.queues !== undefined && given.queues > 1 && { queues: given.queues }),
      ...(given.mtu !== undefined && { mtu: given.mtu }),
      ...(given.bandwidth && { bandwidth: ratesOf(given.bandwidth) }),
      ...(given.filter !== undefined && { filter: given.filter }),
      ...(given.linkState !== undefined && { linkState: given.linkState }),
    },
    ...reservationOf(given),
  ],
  expects: (given) => [
    domainExists(given.uri ?? SYSTEM, given.domain),
    ...sourceExpectations(sourceOf(given)),
    ...(given.filter === undefined ? [] : [filterExists(given.uri ?? SYSTEM, given.filter)]),
  ],
  reads: (given) => [
    ["tap", given.uri ?? SYSTEM, given.domain, given.mac],
    ["domain-state", given.uri ?? SYSTEM, given.domain],
    ["nic-waits", given.uri ?? SYSTEM, given.domain, given.mac],
    ...leasesOf(given),
  ],
  outputs(given, [tap = "", state = "", waits = "", leases = ""]) {
    const leased = leasedTo(given.mac, leases);
    const live = /^(running|paused|idle|blocked)/.test(state.trim()) && waits.trim() === "";
    // Who leases addresses behind somebody else's interface, or on a bridge that no dnsmasq of ours serves, is not known here.
    const unserved = leasesOf(given).length === 0 || (given.dhcp === undefined && leases.trim() === "unserved");
    const known = unserved || (leased !== undefined && leased === (given.address ?? leased));
    return {
      tap: given.tap ?? (tap.trim() || undefined),
      address: given.address ?? leased,
      leasedAddress: leased,
      effect: !live ? "next boot" : known ? "live" : "guest must renew its lease",
    };
  },
  settle: {
    seconds: ({ waitForAddressSeconds = 30 }) => waitForAddressSeconds,
    settled: ({ effect }) => effect !== "guest must renew its lease",
    warning: ({ domain: name, waitForAddressSeconds = 30 }) =>
      `${name} did not ask for its address within ${waitForAddressSeconds} s. It has it as soon as it does; refresh then shows it.`,
  },
};

/** Of `virsh list --uuid --name`; nothing where libvirt did not answer, or the arguments say it. */
function effectForetold(given: Args, reading: string, hostName: string): string | undefined {
  const [asked, ...lines] = reading.split("\n").map((line) => line.trim());
  if (asked !== "asked" || given.apply === "next-boot") return undefined;
  const runs = lines.some((line) => [line.slice(0, 36), line.slice(36).trim()].includes(given.domain));
  if (!runs) return `${given.domain} does not run on ${hostName}: next boot.`;
  const reserved = given.dhcp !== undefined && given.address !== undefined;
  const renews = reserved ? ` A guest that has another address than ${given.address} must renew its lease.` : "";
  return `${given.domain} runs on ${hostName}: live.${renews}`;
}

function reservationOf(given: Args): Reservation[] {
  if (!given.dhcp || reservedBy(given) === undefined) return [];
  return [
    {
      noun: "reservation",
      // A file's name: of what identifies the NIC, and nothing that a user wrote.
      name: given.mac.replaceAll(":", "-"),
      bridge: given.dhcp,
      mac: given.mac,
      ...(given.address !== undefined && { address: given.address }),
      ...(given.address6 !== undefined && { address6: given.address6 }),
      ...(given.hostname !== undefined && { hostname: given.hostname }),
    },
  ];
}

function leasesOf({ dhcp, bridge, libvirtNetwork, mac: address }: Args): Read[] {
  const served = dhcp ?? bridge;
  if (served !== undefined) return [["leases", dnsmasqLeases(served)]];
  return libvirtNetwork === undefined ? [] : [["network-leases", libvirtNetwork, address]];
}

function leasedTo(address: string, leases: string): string | undefined {
  return parseLeases(leases).find((lease) => lease.mac === address && !lease.address.includes(":"))?.address;
}

function ratesOf({ inboundKiBps: inbound, outboundKiBps: outbound }: NonNullable<Args["bandwidth"]>) {
  return { ...(inbound !== undefined && { inbound }), ...(outbound !== undefined && { outbound }) };
}

/** The first argument that wants something reserved. */
function reservedBy(given: Args): string | undefined {
  return (["address", "address6", "hostname"] as const).find((key) => given[key] !== undefined);
}

function reservationMistakes(given: Args): Mistake[] {
  const reserved = reservedBy(given);
  if (!reserved) return [];
  if (given.dhcp) return given.dhcp === given.bridge ? addressMistakes(given) : [];
  return [{ path: reserved, text: "needs a DnsmasqInstance to be reserved in. Add dhcp: the network's instance." }];
}

function tapMistakes({ tap, bridge }: Args): Mistake[] {
  if (tap === undefined || tap !== bridge) return [];
  return [
    { path: "tap", text: `${tap} is the bridge itself. Give the NIC's end of it a name of its own, such as "web0".` },
  ];
}

/** Its requests reach that dnsmasq only where something outside this program joins the two bridges. */
function elsewhereWarnings({ bridge, dhcp }: Args): string[] {
  if (bridge === undefined || dhcp === undefined || dhcp === bridge) return [];
  return [
    `reserved with the dnsmasq of ${dhcp}, but plugged into ${bridge}: unless the two are joined, it is never asked.`,
  ];
}

/** Of a bridge whose addresses are known. */
function addressMistakes({ address, address6, hostAddresses: hosts = [] }: Args): Mistake[] {
  return Object.entries({ address, address6 }).flatMap(([path, reserved]) => {
    const own = hosts.filter((one) => one.includes(":") === reserved?.includes(":") && !isLinkLocal(one));
    if (reserved === undefined || own.length === 0) return [];
    const text = unreservable(reserved, own.map(networkOf), own);
    return text === undefined ? [] : [{ path, text }];
  });
}

function macClaim(address: string, domain: string): Claim {
  const number = Number.parseInt(address.replaceAll(":", ""), 16);
  return {
    ...{ space: "mac", scope: "", first: number, last: number, path: "mac", holder: `a NIC of domain "${domain}"` },
    says: (holder, hostName) =>
      `${address} is the MAC address of ${holder} on ${hostName} already. Give each NIC its own, or leave mac out.`,
  };
}

function tapClaim(tap: string, domain: string): Claim {
  return {
    ...{ space: `tap ${tap}`, scope: "", first: 0, last: 0, path: "tap", holder: `a NIC of domain "${domain}"` },
    says: (holder, hostName) =>
      `${tap} is the name of ${holder} on ${hostName} already. Give each its own, or leave tap out.`,
  };
}

function domainExists(connection: string, name: string): Expectation {
  return {
    expect: ["domain-exists", connection, name],
    explain: (found, host) => ({
      path: "domain",
      text: `${host} has no domain "${name}" on ${connection}${found ? ` (${found})` : ""}. Run there: virsh -c ${connection} list --all`,
    }),
  };
}

function filterExists(connection: string, filter: string): Expectation {
  return {
    expect: ["filter-exists", connection, filter],
    explain: (found, host) => ({
      path: "filter",
      text: `${host} has no libvirt network filter "${filter}" (${found}). Run there: virsh -c ${connection} nwfilter-list`,
    }),
  };
}
