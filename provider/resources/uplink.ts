import type { Facts, LinkBackend, Nic, Profile } from "../model/facts.ts";
import type { Mistake } from "../model/mistake.ts";
import type { ClientId, InterfaceAddress, ProfileWords } from "../model/nouns/link.ts";
import type { Context } from "../model/resource.ts";
import { addressOf } from "../model/values/prefix.ts";

/** How the host is addressed on an interface: what moves to the bridge that the interface becomes a port of. */
export interface Addressing {
  readonly mac: string;
  readonly addresses: readonly InterfaceAddress[];
  readonly dhcp4: boolean;
  readonly clientId?: ClientId;
  readonly acceptRa: boolean;
  /** Gateways of the default routes that nobody advertises. */
  readonly gateways: readonly string[];
  readonly routes: readonly { readonly prefix: string; readonly gateway: string }[];
  readonly nameservers: readonly string[];
  readonly profile?: ProfileWords;
}

/**
 * Addressing of an interface, or of the bridge that it is a port of already. `undefined` when the host has no such
 * interface.
 */
export function addressingOf(uplink: string, facts: Facts): Addressing | undefined {
  const nic = facts.nics.find(({ name }) => name === uplink);
  if (!nic) return undefined;
  const on = <T extends { link: string }>(all: readonly T[]) =>
    all.filter(({ link }) => link === (nic.master ?? uplink));
  const [lease] = on(facts.leases);
  const [profile] = on(facts.profiles);
  const carried = on(facts.carried);
  const permanent = carried.filter(
    ({ address, dynamic }) => !dynamic && addressOf(address) !== lease?.address && saidBy(profile, address),
  );
  const gateways = on(facts.gateways);
  const set = gateways.filter(({ dynamic }) => !dynamic);
  const isV6 = ({ address }: { address: string }) => address.includes(":");
  const clientId = lease && clientIdOf(lease.clientId);
  return {
    mac: nic.mac,
    addresses: permanent.map(({ address, broadcast }) => ({ address, ...(broadcast && { broadcast }) })),
    dhcp4: lease !== undefined || carried.some((one) => one.dynamic && !isV6(one)),
    ...(clientId && { clientId }),
    acceptRa:
      carried.some((one) => one.dynamic && isV6(one)) ||
      gateways.some(({ prefix, dynamic }) => dynamic && prefix === "::/0"),
    gateways: set.filter(({ prefix }) => isDefault(prefix)).map(({ gateway }) => gateway),
    routes: set.filter(({ prefix }) => !isDefault(prefix)).map(({ prefix, gateway }) => ({ prefix, gateway })),
    nameservers: on(facts.resolvers).map(({ address }) => address),
    ...(profile && { profile: { ipv4: withMetric(profile.ipv4, profile), ipv6: withMetric(profile.ipv6, profile) } }),
  };
}

/** Who keeps an interface, if it is one who hands it over to a bridge. */
export function keeperOf(uplink: string | undefined, { nics }: Facts): LinkBackend | undefined {
  const owner = nics.find(({ name }) => name === uplink)?.owner;
  return owner === "none" || owner === "systemd" ? undefined : owner;
}

/** What keeps an interface from becoming an uplink, as far as the host tells. */
export function uplinkMistakes(uplink: string, facts: Facts, { hostName, found }: Context): Mistake[] {
  const text = fault(uplink, facts, hostName);
  if (text) return [{ path: "uplink", text }];
  const keeper = keeperOf(uplink, facts);
  if (keeper === undefined || keeper === found.backend) return [];
  const fight = `${keepers[keeper]} ${uplink} on ${hostName} and would put its addresses back. Leave backend out.`;
  return [{ path: "backend", text: fight }];
}

function fault(uplink: string, facts: Facts, hostName: string): string | undefined {
  const nic = facts.nics.find(({ name }) => name === uplink);
  if (!nic) {
    const wired = facts.nics.filter(({ wireless }) => !wireless).map(({ name }) => name);
    return `there is no network interface ${uplink} on ${hostName}. It has ${wired.join(", ") || "none that is wired"}.`;
  }
  if (nic.wireless) return wireless(uplink);
  if (nic.owner === "ifupdown") return ifupdownFault(uplink, facts, hostName);
  if (nic.owner === "networkmanager") return profileFault(nic, facts, hostName);
  if (nic.owner === "networkd") return undefined;
  // Whoever sets the interface up at the next boot would address it again, beside the bridge.
  return `${keepers[nic.owner]} ${uplink} on ${hostName}; only what systemd-networkd, NetworkManager or ifupdown keeps can be moved. Hand the interface over to one of them first, or use a NatNetwork.`;
}

/** Why a NIC for Wi-Fi is no port of a bridge (IEEE 802.11: a station sends as itself alone). */
export function wireless(nic: string): string {
  return `${nic} is Wi-Fi; its access point drops frames from guests' MAC addresses. Use a wired NIC, or a NatNetwork.`;
}

/** The bridge is brought up as what the host's own files say of the interface (interfaces(5)); ours only leads there. */
function ifupdownFault(uplink: string, { ifupdown }: Facts, hostName: string): string | undefined {
  if (!ifupdown.includes("debian")) {
    return `the ifup of ${hostName}, which keeps ${uplink}, is not Debian's ifupdown but another program of that name. Make the bridge with that, or use a NatNetwork.`;
  }
  if (!ifupdown.includes("sources")) {
    return `/etc/network/interfaces of ${hostName} does not read all of interfaces.d. Add the line "source /etc/network/interfaces.d/*" to it.`;
  }
  if (ifupdown.includes("mappings")) {
    return `/etc/network/interfaces of ${hostName} has mappings, and which definition ${uplink} gets is theirs to say. Take them out, or use a NatNetwork.`;
  }
  return uplink.includes(".")
    ? `${uplink} is a VLAN to ifupdown, which makes it again under its name. Use the interface below it, or a NatNetwork.`
    : undefined;
}

function profileFault({ name, master }: Nic, { profiles }: Facts, hostName: string): string | undefined {
  if (profiles.some(({ link }) => link === (master ?? name))) return undefined;
  return `NetworkManager keeps ${name} on ${hostName} by no profile that is a keyfile. Convert it with "nmcli connection migrate", make one with "nmcli connection add", or use a NatNetwork.`;
}

/** An address without an end may be advertised or leased all the same. */
function saidBy(profile: Profile | undefined, address: string): boolean {
  const lines = profile?.[address.includes(":") ? "ipv6" : "ipv4"] ?? ["method=manual"];
  return lines.some((line) => line === "method=manual" || /^address\d*=([^,]*)/.exec(line)?.[1] === address);
}

/** NetworkManager prefers cables to bridges. On the bridge, the default route shall be worth what it was. */
function withMetric(lines: readonly string[], { metric }: Profile): string[] {
  const said = lines.some((line) => line.startsWith("route-metric="));
  return [...lines, ...(said || metric === undefined ? [] : [`route-metric=${metric}`])];
}

const keepers = {
  networkd: "systemd-networkd keeps",
  networkmanager: "NetworkManager keeps",
  ifupdown: "ifupdown keeps",
  systemd: "a unit of ours keeps",
  none: "nobody that we know keeps",
};

/** RFC 4361: `ff`, four bytes of IAID, the DUID; RFC 2132: `01` and the MAC address. */
function clientIdOf(hex: string): ClientId | undefined {
  if (/^ff[0-9a-f]{8}/.test(hex)) return { iaid: Number.parseInt(hex.slice(2, 10), 16) };
  return hex.startsWith("01") && hex.length === 14 ? "mac" : undefined;
}

function isDefault(prefix: string): boolean {
  return prefix === "0.0.0.0/0" || prefix === "::/0";
}
