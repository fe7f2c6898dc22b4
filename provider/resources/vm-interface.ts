import { z } from "zod";
import { dnsmasqLeases } from "../model/dnsmasq.ts";
import { parseLeases } from "../model/leases.ts";
import type { Reservation } from "../model/nouns.ts";
import type { ResourceDefinition } from "../model/resource.ts";
import { ipv4Address } from "../model/values/address.ts";
import { deriveMac, mac, macPrefix } from "../model/values/mac.ts";
import { mtu } from "../model/values/mtu.ts";
import { hostname, interfaceName } from "../model/values/name.ts";
import { pending } from "../model/values/pending.ts";
import { shown, text } from "../model/values/text.ts";

const domain = text((name) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  name !== "" && name.trim() === name && !/[\x00-\x1f\x7f/]/.test(name) && !name.startsWith("-")
    ? undefined
    : `${shown(name)} cannot be a libvirt domain. Use its name or UUID as virsh list --all shows it.`,
);
const uri = text((value) =>
  /^[a-z][a-z0-9+.-]{0,40}:\/\/[A-Za-z0-9+:/._@?=,%-]{0,200}$/.test(value)
    ? undefined
    : `${shown(value)} is not a libvirt URI such as "qemu:///system" or "lxc:///system".`,
);
const args = z.strictObject({
  domain: domain.describe("Name or UUID of the libvirt domain."),
  bridge: interfaceName.describe("The bridge to plug into."),
  uri: uri.optional().describe("Default: qemu:///system."),
  dhcp: interfaceName.optional().describe("The bridge whose dnsmasq reserves address and hostname."),
  address: ipv4Address.optional().describe("Address to reserve."),
  hostname: hostname.optional().describe("Name to reserve."),
  mac: mac.optional().describe("Default: derived from the resource, and stable."),
  macPrefix: macPrefix.optional(),
  model: z.enum(["virtio", "e1000e", "rtl8139"]).optional().describe("Default: virtio; containers have none."),
  mtu: mtu.optional().describe("Bytes. Default: the bridge's."),
  linkState: z.enum(["up", "down"]).optional().describe("Default: up."),
  waitForAddressSeconds: z.number().int().min(0).max(600).optional().describe("Default: 30. 0 does not wait."),
  network: pending,
  libvirtNetwork: pending,
  macvtap: pending,
  pciDevice: pending,
  address6: pending,
  queues: pending,
  bandwidth: pending,
  filter: pending,
  isolated: pending,
  apply: pending,
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
  mistakes: ({ dhcp, address, hostname: name }) => {
    const reserved = address !== undefined ? "address" : name !== undefined ? "hostname" : undefined;
    if (!reserved || dhcp) return [];
    return [{ path: reserved, text: "needs a DnsmasqInstance to be reserved in. Add dhcp: the network's instance." }];
  },
  desired: (given) => [
    {
      noun: "nic",
      uri: given.uri ?? SYSTEM,
      domain: given.domain,
      mac: given.mac,
      bridge: given.bridge,
      // Containers have no emulated hardware, hence no model.
      ...(!given.uri?.startsWith("lxc:") && { model: given.model ?? "virtio" }),
      ...(given.mtu !== undefined && { mtu: given.mtu }),
      ...(given.linkState !== undefined && { linkState: given.linkState }),
    },
    ...reservationOf(given),
  ],
  expects: ({ uri: connection = SYSTEM, domain: name, bridge }) => [
    {
      expect: ["domain-exists", connection, name],
      explain: (found, host) => ({
        path: "domain",
        text: `${host} has no domain "${name}" on ${connection}${found ? ` (${found})` : ""}. Run there: virsh -c ${connection} list --all`,
      }),
    },
    {
      expect: ["link-exists", bridge],
      explain: (_, host) => ({ path: "bridge", text: `there is no bridge ${bridge} on ${host}. Make it first.` }),
    },
  ],
  reads: ({ uri: connection = SYSTEM, domain: name, mac: address, dhcp, bridge }) => [
    ["tap", connection, name, address],
    ["domain-state", connection, name],
    ["leases", dnsmasqLeases(dhcp ?? bridge)],
  ],
  outputs(given, [tap = "", state = "", leases = ""]) {
    const leased = leasedTo(given.mac, leases);
    const address = given.address ?? leased;
    return {
      tap: tap.trim() || undefined,
      address,
      leasedAddress: leased,
      effect: effectOf(state.trim(), given.address, leased),
    };
  },
  settle: {
    seconds: ({ waitForAddressSeconds = 30 }) => waitForAddressSeconds,
    settled: ({ effect }) => effect !== "guest must renew its lease",
    warning: ({ domain: name, waitForAddressSeconds = 30 }) =>
      `${name} did not ask for its address within ${waitForAddressSeconds} s. It has it as soon as it does; refresh then shows it.`,
  },
};

function reservationOf(given: Args): Reservation[] {
  if (!given.dhcp || (given.address === undefined && given.hostname === undefined)) return [];
  return [
    {
      noun: "reservation",
      // A file's name: of what identifies the NIC, and nothing that a user wrote.
      name: given.mac.replaceAll(":", "-"),
      bridge: given.dhcp,
      mac: given.mac,
      ...(given.address !== undefined && { address: given.address }),
      ...(given.hostname !== undefined && { hostname: given.hostname }),
    },
  ];
}

function leasedTo(address: string, leases: string): string | undefined {
  return parseLeases(leases).find((lease) => lease.mac === address)?.address;
}

function effectOf(state: string, wanted: string | undefined, leased: string | undefined): string {
  if (!/^(running|paused|idle|blocked)/.test(state)) return "next boot";
  return leased !== undefined && (wanted === undefined || wanted === leased) ? "live" : "guest must renew its lease";
}
