import type { Link } from "../../model/nouns/link.ts";
import type { Plan } from "../../plan/plan.ts";
import { textOf, yesNo } from "../../plan/text.ts";
import { header } from "../header.ts";
import { liveLink } from "./live.ts";

const directory = "/etc/systemd/network";

/** systemd-networkd keeps the link (systemd.netdev(5), systemd.network(5)). */
export function networkdLink(link: Link): Plan {
  // Of several files that match, the first counts: before the wildcards that people call 10-….
  const base = `${directory}/01-kvmnet-${link.name}`;
  const files = {
    [`${base}.netdev`]: netdev(link),
    [`${base}.network`]: network(link),
    ...Object.fromEntries(link.ports.map((port) => [`${directory}/00-kvmnet-port-${port}.network`, joins(port, link)])),
  };
  return {
    ...Object.fromEntries(Object.entries(files).map(([path, lines]) => [`file ${path}`, textOf([header, ...lines])])),
    ...liveLink(link),
    [`notify systemd-networkd.service#${link.name}`]: textOf(Object.keys(files).map((path) => `reload on ${path}`)),
  };
}

function netdev(link: Link): string[] {
  const { name, type, mac, stp, forwardDelaySeconds: delay, multicastSnooping: snooping, vlanFiltering } = link;
  const bridge = [
    ...(stp === undefined ? [] : [`STP=${yesNo(stp)}`]),
    ...(delay === undefined ? [] : [`ForwardDelaySec=${delay}`]),
    ...(snooping === undefined ? [] : [`MulticastSnooping=${yesNo(snooping)}`]),
    ...(vlanFiltering === undefined ? [] : [`VLANFiltering=${yesNo(vlanFiltering)}`]),
  ];
  return [
    "[NetDev]",
    `Name=${name}`,
    `Kind=${type}`,
    `MACAddress=${mac}`,
    ...(bridge.length ? ["", "[Bridge]", ...bridge] : []),
  ];
}

function network(link: Link): string[] {
  const { name, mtu, master, addresses, dhcp4, acceptRa = false, routes = [], nameservers = [] } = link;
  return [
    "[Match]",
    `Name=${name}`,
    "",
    "[Link]",
    // A bridge without guests has no carrier: waiting for it would hold up the boot. The way out is worth waiting for.
    `RequiredForOnline=${yesNo(link.uplink !== undefined)}`,
    // Not in the netdev: the MTU that a bridge is made with gives way to its first port's, one that is set later stays.
    ...(mtu === undefined ? [] : [`MTUBytes=${mtu}`]),
    "",
    "[Network]",
    ...(master ? [`Bridge=${master}`] : []),
    ...(dhcp4 ? ["DHCP=ipv4"] : []),
    ...(link.dhcpServer ? ["DHCPServer=yes"] : []),
    `IPv6AcceptRA=${yesNo(acceptRa)}`,
    // Its addresses are wanted without carrier too: dnsmasq and forwards hang on them.
    "ConfigureWithoutCarrier=yes",
    ...nameservers.map((address) => `DNS=${address}`),
    ...dhcpSection(link),
    ...serverSection(link),
    ...addresses.flatMap(({ address, broadcast }) => [
      "",
      "[Address]",
      `Address=${address}`,
      ...(broadcast ? [`Broadcast=${broadcast}`] : address.includes(":") ? [] : ["Broadcast=no"]),
    ]),
    ...routes.flatMap(({ prefix, gateway }) => ["", "[Route]", `Destination=${prefix}`, `Gateway=${gateway}`]),
  ];
}

/** The server knows its client by this, not by the interface: with the same one the lease stays. */
function dhcpSection({ dhcp4 }: Link): string[] {
  const { clientId } = dhcp4 ?? {};
  if (!clientId) return [];
  return ["", "[DHCPv4]", ...(clientId === "mac" ? ["ClientIdentifier=mac"] : [`IAID=${clientId.iaid}`])];
}

function serverSection({ dhcpServer }: Link): string[] {
  if (!dhcpServer) return [];
  const { poolOffset, poolSize, dns, leaseTimeSeconds } = dhcpServer;
  return [
    "",
    "[DHCPServer]",
    `PoolOffset=${poolOffset}`,
    `PoolSize=${poolSize}`,
    `DefaultLeaseTimeSec=${leaseTimeSeconds}`,
    ...dns.map((address) => `DNS=${address}`),
  ];
}

/**
 * Makes an interface a port. It sorts before the interface's own file, ours or the host's: of several files that match,
 * the first counts.
 */
function joins(port: string, { name }: Link): string[] {
  return [
    ...["[Match]", `Name=${port}`, ""],
    ...["[Link]", "RequiredForOnline=no", ""],
    ...["[Network]", `Bridge=${name}`, "ConfigureWithoutCarrier=yes"],
  ];
}
