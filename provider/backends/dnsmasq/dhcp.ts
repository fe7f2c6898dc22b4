import { dnsmasqConf, dnsmasqHosts, dnsmasqLeases, dnsmasqUnit } from "../../model/dnsmasq.ts";
import type { Boot, Dhcp, Dhcp6, HostReservation, Reservation } from "../../model/nouns/dhcp.ts";
import type { Plan } from "../../plan/plan.ts";
import { textOf } from "../../plan/text.ts";
import { header } from "../header.ts";
import { staleLeases } from "./leases.ts";
import { replaced, replacedTriggers } from "./replaced.ts";
import { resolveOnHost } from "./resolve.ts";
import { unit } from "./unit.ts";

/** A dnsmasq of its own for one bridge; `beside` a system-wide one, which then leaves the bridge alone. */
export function renderDhcp(dhcp: Dhcp, beside: boolean): Plan {
  const { bridge, reservations } = dhcp;
  return {
    // Readable by root only: an option or a raw line may be a secret.
    [`private ${dnsmasqConf(bridge)}`]: textOf([header, ...configuration(dhcp)]),
    [`file ${dnsmasqHosts(bridge)}static`]: textOf([header, ...reservations.map(hostLine)]),
    ...staleLeases,
    "shared file /etc/systemd/system/kvmnet-dnsmasq@.service": unit,
    ...(dhcp.replaces && replaced(bridge, dhcp.replaces)),
    [`unit ${dnsmasqUnit(bridge)}`]: textOf([
      "enabled",
      "active",
      `restart on ${dnsmasqConf(bridge)}`,
      `reload on ${dnsmasqHosts(bridge)}`,
      ...(dhcp.replaces ? replacedTriggers(bridge, dhcp.replaces) : []),
    ]),
    ...(dhcp.resolveOnHost && dhcp.domain && resolveOnHost(bridge, dhcp.serverAddress, dhcp.domain)),
    ...(beside && makeRoom(bridge)),
  };
}

/** A reservation from outside the instance, in a file of its own. */
export function renderReservation({ bridge, name, ...reservation }: Reservation): Plan {
  const path = `${dnsmasqHosts(bridge)}${encodeURIComponent(name)}`;
  return {
    [`file ${path}`]: textOf([header, hostLine(reservation)]),
    [`notify ${dnsmasqUnit(bridge)}`]: textOf([`reload on ${path}`]),
  };
}

function hostLine({ mac, address, address6, hostname }: HostReservation): string {
  return [mac, address, address6 && `[${address6}]`, hostname].filter(Boolean).join(",");
}

/** Options as dnsmasq(8) has them. */
function configuration(dhcp: Dhcp): string[] {
  const { bridge, domain, forwarders } = dhcp;
  return [
    `interface=${bridge}`,
    "except-interface=lo",
    // Not bind-interfaces: the bridge may come and go.
    "bind-dynamic",
    "no-hosts",
    ...(dhcp.dns ? [] : ["port=0"]),
    ...dhcp.ranges.map(({ first, last }) => `dhcp-range=${first},${last},${dhcp.leaseTimeSeconds}s`),
    ...(dhcp.ipv6 ? ipv6Lines(dhcp.ipv6, dhcp.leaseTimeSeconds) : []),
    ...(dhcp.boot ? bootLines(bridge, dhcp.boot) : []),
    "dhcp-authoritative",
    "dhcp-no-override",
    `dhcp-lease-max=${dhcp.maxLeases}`,
    `dhcp-leasefile=${dnsmasqLeases(bridge)}`,
    `dhcp-hostsfile=${dnsmasqHosts(bridge).replace(/\/$/, "")}`,
    ...(domain ? [`domain=${domain}`, "expand-hosts", "dhcp-fqdn"] : []),
    ...(domain && dhcp.authoritative ? [`local=/${domain}/`] : []),
    // The host's resolvers are for what nobody else is asked.
    ...(forwarders.some(({ domain: one }) => one === undefined) ? ["no-resolv"] : []),
    ...forwarders.map(({ domain: one, address }) => `server=${one === undefined ? "" : `/${one}/`}${address}`),
    ...dhcp.hostRecords.map(({ name, address }) => `host-record=${name},${address}`),
    ...Object.entries(dhcp.dhcpOptions).map(([name, values]) => `dhcp-option=${[option(name), ...values].join(",")}`),
    ...dhcp.extraLines,
  ];
}

/** Prefix length and lease time come behind the modes. */
function ipv6Lines({ cidr, routerAdvertisements, ranges, reserved }: Dhcp6, seconds: number): string[] {
  const [network, length] = cidr.split("/");
  const advertised = routerAdvertisements !== "off";
  const modes = {
    slaac: ranges.length || reserved ? ["slaac"] : ["ra-only"],
    stateless: ["ra-stateless", "ra-names"],
    stateful: [],
    off: [],
  }[routerAdvertisements];
  const leased = ranges.length
    ? ranges.map(({ first, last }) => [first, last])
    : [[network, ...(reserved ? ["static"] : [])]];
  return [
    ...(advertised ? ["enable-ra"] : []),
    ...leased.map((part) => `dhcp-range=${[...part, ...modes, length, `${seconds}s`].join(",")}`),
  ];
}

/** TFTP answers from the one port: firewalls need not follow it. */
function bootLines(bridge: string, { tftpRoot, file, server }: Boot): string[] {
  return [
    ...(tftpRoot === undefined ? [] : [`enable-tftp=${bridge}`, `tftp-root=${tftpRoot}`, "tftp-single-port"]),
    `dhcp-boot=${[file, ...(server === undefined ? [] : ["", server])].join(",")}`,
  ];
}

function option(name: string): string {
  return /^\d+$/.test(name) ? name : `option:${name}`;
}

/** Has a dnsmasq that serves the whole machine let go of the bridge's address. */
function makeRoom(bridge: string): Plan {
  const path = `/etc/dnsmasq.d/kvmnet-${bridge}.conf`;
  return {
    [`file ${path}`]: textOf([header, `except-interface=${bridge}`, "bind-interfaces"]),
    [`notify dnsmasq.service#${bridge}`]: textOf([`restart on ${path}`]),
  };
}
