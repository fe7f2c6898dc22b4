import type { Nat } from "../../model/nouns.ts";
import { tableOf } from "../../model/table.ts";
import type { Plan } from "../../plan/plan.ts";
import { textOf } from "../../plan/text.ts";
import { header } from "../header.ts";
import { ADMIT } from "./admitted.ts";
import { restored } from "./restore.ts";
import { serviceRules, set } from "./rule.ts";
import { type Chain, refill, type Table } from "./table.ts";

/** One table for a network: translation, what its guests may reach, and the maps that its forwards fill. */
export function renderNat(nat: Nat): Plan {
  const table = tableOf(nat.bridge);
  return {
    [`ruleset inet ${table}`]: refill(inetTable(table, nat)),
    ...(nat.guestToGuest === "deny" && { [`ruleset bridge ${table}`]: refill(bridgeTable(table, nat)) }),
    "shared sysctl net.ipv4.ip_forward": textOf(["1"]),
    "shared file /etc/sysctl.d/90-kvmnet.conf": textOf([header, "net.ipv4.ip_forward = 1"]),
    ...restored,
  };
}

/** A place to go to, by what a packet has; the packet path does not grow with the number of forwards. */
const destination = "ipv4_addr . inet_service;";
const maps = {
  any4: `inet_proto . inet_service : ${destination}`,
  exact4: `ipv4_addr . inet_proto . inet_service : ${destination}`,
  from4: `ipv4_addr . ipv4_addr . inet_proto . inet_service : ${destination} flags interval;`,
};
/** Forwards that are not for everybody: who is kept out of which. */
const sets = {
  not_lan4: "ipv4_addr . inet_proto . inet_service; flags interval;",
  not_guests4: "ipv4_addr . inet_proto . inet_service; flags interval;",
  not_host4: "ipv4_addr . inet_proto . inet_service; flags interval;",
};

const transport = "meta l4proto { tcp, udp }";
const listener = "ip daddr . meta l4proto . th dport";
const dnat = [
  `fib daddr type local ${transport} dnat ip to ip saddr . ${listener} map @from4`,
  `${transport} dnat ip to ${listener} map @exact4`,
  `fib daddr type local ${transport} dnat ip to meta l4proto . th dport map @any4`,
];
/** At once, instead of a client that waits for its timeout. */
const refuse = ["meta l4proto tcp reject with tcp reset", "reject"];

function inetTable(table: string, nat: Nat): Table {
  return {
    name: `inet ${table}`,
    maps,
    sets,
    chains: {
      prerouting: prerouting(nat),
      output,
      postrouting: postrouting(nat),
      forward: forward(nat),
      input: input(nat),
    },
    include: `/etc/kvmnet/nft/${table}.d/*.nft`,
  };
}

function prerouting({ bridge }: Nat): Chain {
  return {
    hook: "nat hook prerouting priority dstnat",
    rules: [
      `iifname != "${bridge}" ${transport} ${listener} @not_lan4 return`,
      `iifname "${bridge}" ${transport} ${listener} @not_guests4 return`,
      ...dnat,
    ],
  };
}

/** Connections of the host itself; those to its loopback stay there. In digits: nft 1.0.6 knows no name here. */
const output: Chain = {
  hook: "nat hook output priority -100",
  rules: ["ip daddr 127.0.0.0/8 return", `${transport} ${listener} @not_host4 return`, ...dnat],
};

function postrouting(nat: Nat): Chain {
  const { bridge, ipv4Cidr } = nat;
  const exempt = ["224.0.0.0/24", "255.255.255.255", ...nat.natExemptRanges];
  const outwards = `ip saddr ${ipv4Cidr} ${uplinks(nat)}`;
  return {
    hook: "nat hook postrouting priority srcnat",
    rules: [
      // Hairpin: a guest that reaches a guest by the host's address must be answered through the host.
      `ip saddr ${ipv4Cidr} oifname "${bridge}" ct status dnat masquerade`,
      `ip saddr ${ipv4Cidr} ip daddr ${set(exempt)} return`,
      `${outwards} ${transport} masquerade to :${nat.natPorts}`,
      `${outwards} masquerade`,
    ],
  };
}

function forward(nat: Nat): Chain {
  const { bridge, ipv4Cidr, guestToGuest } = nat;
  return {
    hook: "filter hook forward priority filter",
    rules: [
      `iifname != "${bridge}" oifname != "${bridge}" return`,
      "ct state established,related accept",
      `oifname "${bridge}" ct status dnat accept`,
      // Routed between guests, or bridged where br_netfilter hands that to us.
      `iifname "${bridge}" oifname "${bridge}" ${guestToGuest === "allow" ? "accept" : "reject"}`,
      `iifname "${bridge}" ip saddr ${ipv4Cidr} ${uplinks(nat)} accept`,
      ...refuse,
    ],
  };
}

function input({ bridge, hostServices }: Nat): Chain {
  return {
    hook: "filter hook input priority filter",
    rules: [
      `iifname != "${bridge}" return`,
      "ct state established,related accept",
      "udp dport { 53, 67 } accept",
      "tcp dport 53 accept",
      "icmp type echo-request accept",
      "icmpv6 type { echo-request, nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit } accept",
      ...hostServices.flatMap((rule) => serviceRules(rule, rule.action === "accept" ? ADMIT : rule.action)),
      ...refuse,
    ],
  };
}

function uplinks({ bridge, uplinks: names }: Nat): string {
  return names === "any" ? `oifname != "${bridge}"` : `oifname ${set(names.map((name) => `"${name}"`))}`;
}

/** Frames from guest to guest are bridged, and never come to the inet family. */
function bridgeTable(table: string, { bridge }: Nat): Table {
  const rules = [`meta ibrname "${bridge}" meta obrname "${bridge}" drop`];
  return {
    name: `bridge ${table}`,
    maps: {},
    sets: {},
    chains: { forward: { hook: "filter hook forward priority filter", rules } },
  };
}
