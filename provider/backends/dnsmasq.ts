import { dnsmasqConf, dnsmasqHosts, dnsmasqLeases, dnsmasqUnit } from "../model/dnsmasq.ts";
import type { Dhcp, HostReservation, Reservation } from "../model/nouns.ts";
import type { Plan } from "../plan/plan.ts";
import { textOf } from "../plan/text.ts";
import { header } from "./link.ts";

export function renderDhcp(dhcp: Dhcp, systemDnsmasq: boolean): Plan {
  const { bridge } = dhcp;
  const beside = `/etc/dnsmasq.d/kvmnet-${bridge}.conf`;
  return {
    [`private ${dnsmasqConf(bridge)}`]: conf(dhcp),
    [`file ${dnsmasqHosts(bridge)}static`]: textOf([header, ...dhcp.reservations.map(hostLine)]),
    "shared file /etc/systemd/system/kvmnet-dnsmasq@.service": unit,
    [`unit ${dnsmasqUnit(bridge)}`]: textOf([
      "enabled",
      "active",
      `restart on ${dnsmasqConf(bridge)}`,
      `reload on ${dnsmasqHosts(bridge)}`,
    ]),
    ...(systemDnsmasq && {
      [`file ${beside}`]: textOf([header, `except-interface=${bridge}`, "bind-interfaces"]),
      "notify dnsmasq.service": textOf([`restart on ${beside}`]),
    }),
  };
}

export function renderReservation(reservation: Reservation): Plan {
  const path = `${dnsmasqHosts(reservation.bridge)}${encodeURIComponent(reservation.name)}`;
  return {
    [`file ${path}`]: textOf([header, hostLine(reservation)]),
    [`notify ${dnsmasqUnit(reservation.bridge)}`]: textOf([`reload on ${path}`]),
  };
}

const hostLine = ({ mac, address, hostname }: HostReservation) => [mac, address, hostname].filter(Boolean).join(",");

function conf(dhcp: Dhcp): string {
  const { bridge } = dhcp;
  return textOf([
    header,
    `interface=${bridge}`,
    "except-interface=lo",
    "bind-dynamic",
    "no-hosts",
    ...(dhcp.dns ? [] : ["port=0"]),
    ...dhcp.ranges.map(({ first, last }) => `dhcp-range=${first},${last},${dhcp.leaseTimeSeconds}s`),
    "dhcp-authoritative",
    "dhcp-no-override",
    `dhcp-lease-max=${dhcp.maxLeases}`,
    `dhcp-leasefile=${dnsmasqLeases(bridge)}`,
    `dhcp-hostsfile=${dnsmasqHosts(bridge).replace(/\/$/, "")}`,
    ...(dhcp.domain ? [`domain=${dhcp.domain}`, "expand-hosts", "dhcp-fqdn"] : []),
    ...(dhcp.domain && dhcp.authoritative ? [`local=/${dhcp.domain}/`] : []),
    ...(dhcp.forwarders.length ? ["no-resolv", ...dhcp.forwarders.map((address) => `server=${address}`)] : []),
    ...Object.entries(dhcp.hostRecords).map(([name, address]) => `host-record=${name},${address}`),
    ...Object.entries(dhcp.dhcpOptions).map(
      ([name, values]) => `dhcp-option=${/^\d+$/.test(name) ? name : `option:${name}`},${values.join(",")}`,
    ),
    ...dhcp.extraLines,
  ]);
}

const unit = `${header}
[Unit]
Description=DHCP and DNS of %i
After=network.target kvmnet-nft.service
Before=libvirtd.service virtqemud.service virtlxcd.service
StartLimitIntervalSec=0

[Service]
Type=forking
PIDFile=/run/kvmnet-dnsmasq-%i.pid
ExecStartPre=/usr/sbin/dnsmasq --test --conf-file=/etc/dnsmasq.d-available/kvmnet-%i.conf
ExecStart=/usr/sbin/dnsmasq --conf-file=/etc/dnsmasq.d-available/kvmnet-%i.conf --pid-file=/run/kvmnet-dnsmasq-%i.pid
# dnsmasq runs as another user, which a process with the capabilities below may not signal.
ExecReload=+/bin/kill -HUP $MAINPID
# Else a slice of our own would stay after the last instance.
Slice=system.slice
Restart=on-failure
RestartSec=5
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
ReadWritePaths=/run /var/lib/misc
PrivateTmp=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
RestrictNamespaces=yes
MemoryDenyWriteExecute=yes
CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW CAP_NET_BIND_SERVICE CAP_SETUID CAP_SETGID CAP_CHOWN CAP_DAC_OVERRIDE

[Install]
WantedBy=multi-user.target
`;
