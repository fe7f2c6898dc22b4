import { dnsmasqConf, dnsmasqHosts, dnsmasqLeases, dnsmasqUnit } from "../model/dnsmasq.ts";
import type { Dhcp, HostReservation, Reservation } from "../model/nouns.ts";
import type { Plan } from "../plan/plan.ts";
import { header } from "./link.ts";

export function renderDhcp(dhcp: Dhcp, systemDnsmasq: boolean): Plan {
  const { bridge } = dhcp;
  const beside = `/etc/dnsmasq.d/kvmnet-${bridge}.conf`;
  return {
    [`private ${dnsmasqConf(bridge)}`]: conf(dhcp),
    [`file ${dnsmasqHosts(bridge)}static`]: [header, ...dhcp.reservations.map(hostLine)].join("\n"),
    "shared file /etc/systemd/system/kvmnet-dnsmasq@.service": unit,
    [`unit ${dnsmasqUnit(bridge)}`]: [
      "enabled",
      "active",
      `restart on ${dnsmasqConf(bridge)}`,
      `reload on ${dnsmasqHosts(bridge)}`,
    ].join("\n"),
    ...(systemDnsmasq && {
      [`file ${beside}`]: [header, `except-interface=${bridge}`, "bind-interfaces"].join("\n"),
      "notify dnsmasq.service": `restart on ${beside}`,
    }),
  };
}

export function renderReservation(reservation: Reservation): Plan {
  const path = `${dnsmasqHosts(reservation.bridge)}${encodeURIComponent(reservation.name)}`;
  return {
    [`file ${path}`]: [header, hostLine(reservation)].join("\n"),
    [`notify ${dnsmasqUnit(reservation.bridge)}`]: `reload on ${path}`,
  };
}

const hostLine = ({ mac, address, hostname }: HostReservation) => [mac, address, hostname].filter(Boolean).join(",");

function conf(dhcp: Dhcp): string {
  const { bridge } = dhcp;
  return [
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
  ].join("\n");
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
ExecReload=/bin/kill -HUP $MAINPID
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
WantedBy=multi-user.target`;
