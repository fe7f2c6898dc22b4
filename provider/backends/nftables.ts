import type { Forward, Nat, Rule } from "../model/nouns.ts";
import { tableOf } from "../model/table.ts";
import type { Port } from "../model/values/port.ts";
import type { Plan } from "../plan/plan.ts";
import { textOf } from "../plan/text.ts";
import { header } from "./link.ts";

export function renderNat(nat: Nat): Plan {
  const table = tableOf(nat.bridge);
  return {
    [`ruleset inet ${table}`]: inetTable(table, nat),
    ...(nat.guestToGuest === "deny" && { [`ruleset bridge ${table}`]: bridgeTable(table, nat.bridge) }),
    "shared sysctl net.ipv4.ip_forward": textOf(["1"]),
    "shared file /etc/sysctl.d/90-kvmnet.conf": textOf([header, "net.ipv4.ip_forward = 1"]),
    "shared file /etc/systemd/system/kvmnet-nft.service": restoreUnit,
    "shared unit kvmnet-nft.service": textOf(["enabled"]),
  };
}

const maps = [
  ["map", "any4", "inet_proto . inet_service : ipv4_addr . inet_service", ""],
  ["map", "exact4", "ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service", ""],
  ["map", "from4", "ipv4_addr . ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service", " flags interval;"],
  ["set", "not_lan4", "ipv4_addr . inet_proto . inet_service", " flags interval;"],
  ["set", "not_guests4", "ipv4_addr . inet_proto . inet_service", " flags interval;"],
  ["set", "not_host4", "ipv4_addr . inet_proto . inet_service", " flags interval;"],
] as const;
const chains = [
  ["prerouting", "type nat hook prerouting priority dstnat; policy accept;"],
  ["output", "type nat hook output priority -100; policy accept;"],
  ["postrouting", "type nat hook postrouting priority srcnat; policy accept;"],
  ["forward", "type filter hook forward priority filter; policy accept;"],
  ["input", "type filter hook input priority filter; policy accept;"],
] as const;

const dnats = [
  "fib daddr type local meta l4proto { tcp, udp } dnat ip to ip saddr . ip daddr . meta l4proto . th dport map @from4",
  "meta l4proto { tcp, udp } dnat ip to ip daddr . meta l4proto . th dport map @exact4",
  "fib daddr type local meta l4proto { tcp, udp } dnat ip to meta l4proto . th dport map @any4",
];

function inetTable(table: string, nat: Nat): string {
  const { bridge, ipv4Cidr } = nat;
  const exempt = ["224.0.0.0/24", "255.255.255.255", ...nat.natExemptRanges];
  const out =
    nat.uplinks === "any" ? `oifname != "${bridge}"` : `oifname { ${nat.uplinks.map((u) => `"${u}"`).join(", ")} }`;
  const key = "ip daddr . meta l4proto . th dport";
  const rules: Record<string, string[]> = {
    prerouting: [
      `iifname != "${bridge}" meta l4proto { tcp, udp } ${key} @not_lan4 return`,
      `iifname "${bridge}" meta l4proto { tcp, udp } ${key} @not_guests4 return`,
      ...dnats,
    ],
    output: ["ip daddr 127.0.0.0/8 return", `meta l4proto { tcp, udp } ${key} @not_host4 return`, ...dnats],
    postrouting: [
      `ip saddr ${ipv4Cidr} oifname "${bridge}" ct status dnat masquerade`,
      `ip saddr ${ipv4Cidr} ip daddr { ${exempt.join(", ")} } return`,
      `ip saddr ${ipv4Cidr} ${out} meta l4proto { tcp, udp } masquerade to :${nat.natPorts}`,
      `ip saddr ${ipv4Cidr} ${out} masquerade`,
    ],
    forward: [
      `iifname != "${bridge}" oifname != "${bridge}" return`,
      "ct state established,related accept",
      `oifname "${bridge}" ct status dnat accept`,
      `iifname "${bridge}" oifname "${bridge}" ${nat.guestToGuest === "allow" ? "accept" : "reject"}`,
      ...(nat.uplinks === "any"
        ? [`iifname "${bridge}" ip saddr ${ipv4Cidr} accept`]
        : [`iifname "${bridge}" ip saddr ${ipv4Cidr} ${out} accept`]),
      "meta l4proto tcp reject with tcp reset",
      "reject",
    ],
    input: [
      `iifname != "${bridge}" return`,
      "ct state established,related accept",
      "udp dport { 53, 67 } accept",
      "tcp dport 53 accept",
      "icmp type echo-request accept",
      "icmpv6 type { echo-request, nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit } accept",
      ...nat.hostServices.flatMap(serviceRules),
      "meta l4proto tcp reject with tcp reset",
      "reject",
    ],
  };
  return textOf([
    header,
    `table inet ${table} {`,
    ...maps.map(([kind, name, type, flags]) => `\t${kind} ${name} { type ${type};${flags} }`),
    ...chains.map(([name, base]) => `\tchain ${name} { ${base} }`),
    "}",
    `flush table inet ${table}`,
    ...maps.map(([kind, name]) => `flush ${kind} inet ${table} ${name}`),
    `table inet ${table} {`,
    ...chains.flatMap(([name]) => [`\tchain ${name} {`, ...(rules[name] ?? []).map((rule) => `\t\t${rule}`), "\t}"]),
    "}",
    `include "/etc/kvmnet/nft/${table}.d/*.nft"`,
  ]);
}

function serviceRules(rule: Rule): string[] {
  const from = rule.sourceRanges.length ? `ip saddr { ${rule.sourceRanges.join(", ")} } ` : "";
  const to = rule.destinationRanges.length ? `ip daddr { ${rule.destinationRanges.join(", ")} } ` : "";
  const ports = rule.ports.map((p) => (p.first === p.last ? `${p.first}` : `${p.first}-${p.last}`)).join(", ");
  const protocol = rule.protocol === "both" ? "{ tcp, udp }" : rule.protocol;
  const match =
    protocol === "any"
      ? ""
      : protocol === "icmp"
        ? "meta l4proto icmp "
        : ports
          ? `meta l4proto ${protocol} th dport { ${ports} } `
          : `meta l4proto ${protocol} `;
  return [`${from}${to}${match}${rule.action}`];
}

function bridgeTable(table: string, bridge: string): string {
  return textOf([
    header,
    `table bridge ${table} {`,
    "\tchain forward { type filter hook forward priority filter; policy accept; }",
    "}",
    `flush table bridge ${table}`,
    `table bridge ${table} {`,
    "\tchain forward {",
    `\t\tmeta ibrname "${bridge}" meta obrname "${bridge}" drop`,
    "\t}",
    "}",
  ]);
}

const restoreUnit = `${header}
[Unit]
Description=Firewall tables of pulumi-kvmnet
DefaultDependencies=no
After=local-fs.target systemd-sysctl.service nftables.service
Before=network-pre.target libvirtd.service virtqemud.service virtlxcd.service shutdown.target
Wants=network-pre.target
PartOf=nftables.service
ReloadPropagatedFrom=nftables.service firewalld.service
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
# Each alone: a broken file keeps no other from loading.
ExecStart=/bin/sh -c 'for f in /etc/kvmnet/nft/*.nft; do [ ! -e "$f" ] || nft -f "$f" || failed=1; done; test -z "$$failed"'
ExecReload=/bin/sh -c 'for f in /etc/kvmnet/nft/*.nft; do [ ! -e "$f" ] || nft -f "$f" || failed=1; done; test -z "$$failed"'

[Install]
WantedBy=multi-user.target nftables.service
`;

export function renderForward(forward: Forward): Plan {
  const lines = forward.ports.flatMap(({ protocol, port, targetPort }) => expand(forward, protocol, port, targetPort));
  return { [`elements inet ${tableOf(forward.bridge)} ${forward.name}`]: textOf(lines) };
}

function expand(forward: Forward, protocol: string, port: Port, targetPort: Port): string[] {
  const lines: string[] = [];
  for (let n = port.first; n <= port.last; n++) {
    const to = `${forward.target} . ${targetPort.first + (n - port.first)}`;
    const listens = forward.listenAddresses.length ? forward.listenAddresses : ["0.0.0.0/0"];
    if (forward.sourceRanges.length) {
      for (const from of forward.sourceRanges)
        for (const at of listens) lines.push(`from4 { ${from} . ${at} . ${protocol} . ${n} : ${to} }`);
    } else if (forward.listenAddresses.length) {
      for (const at of listens) lines.push(`exact4 { ${at} . ${protocol} . ${n} : ${to} }`);
    } else lines.push(`any4 { ${protocol} . ${n} : ${to} }`);
    for (const vantage of ["lan", "guests", "host"] as const) {
      if (!forward.reachableFrom.includes(vantage))
        for (const at of listens) lines.push(`not_${vantage}4 { ${at} . ${protocol} . ${n} }`);
    }
  }
  return lines;
}
