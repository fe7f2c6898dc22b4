import type { Nat } from "../../model/nouns/nat.ts";
import { type Family, familiesOf, isOf } from "./family.ts";
import { MARKED } from "./mark.ts";
import { rangeSet, set } from "./rule.ts";
import type { Chain } from "./table.ts";

/** Where connections go to and come from: the chains of a network's table that translate, and the maps that they look into. */

const transport = "meta l4proto { tcp, udp }";
const port = "meta l4proto . th dport";
const key = "inet_proto . inet_service";
const vantages = ["lan", "guests", "host"] as const;

/** A place to go to, by what a packet has; the packet path does not grow with the number of forwards. */
export const maps = ofFamilies(({ digit, type }) => {
  const destination = `${type} . inet_service;`;
  return [
    [`any${digit}`, `${key} : ${destination}`],
    [`exact${digit}`, `${type} . ${key} : ${destination}`],
    [`from${digit}`, `${type} . ${type} . ${key} : ${destination} flags interval;`],
    [`on${digit}`, `ifname . ${type} . ${type} . ${key} : ${destination} flags interval;`],
    [`intercept${digit}`, `${type} . ${key} : ${destination}`],
  ];
});

/**
 * Forwards that are not for everybody: who is kept out of which. What servers that an intercept leads to ask of those whom they
 * stand in for. And where relays to the host's loopback listen.
 */
export const sets = ofFamilies(({ digit, type }) => [
  ...vantages.map((vantage): [string, string] => [`not_${vantage}${digit}`, `${type} . ${key}; flags interval;`]),
  [`spared${digit}`, `${type} . ${type} . ${key};`],
  [`relays${digit}`, `${type} . ${key};`],
]);

/** What comes in: from guests and from others. */
export function prerouting(nat: Nat): Chain {
  const { bridge } = nat;
  return {
    hook: "nat hook prerouting priority dstnat",
    rules: familiesOf(nat).flatMap((family) => {
      const { ip, digit } = family;
      const listener = `${ip} daddr . ${port}`;
      return [
        // The address is the host's, so that others could come to it by their own interfaces.
        `iifname != "${bridge}" ${listener} @relays${digit} drop`,
        `iifname "${bridge}" ${ip} saddr . ${listener} @spared${digit} return`,
        `iifname "${bridge}" ${transport} dnat ${ip} to ${listener} map @intercept${digit}`,
        `iifname != "${bridge}" ${listener} @not_lan${digit} return`,
        `iifname "${bridge}" ${listener} @not_guests${digit} return`,
        // By where it comes in, which nothing of the host's own does.
        `fib daddr type local ${transport} dnat ${ip} to iifname . ${ip} saddr . ${listener} map @on${digit}`,
        ...forwards(family),
      ];
    }),
  };
}

/** Connections of the host itself; those to its loopback stay there. In digits: nft 1.0.6 knows no name here. */
export function output(nat: Nat): Chain {
  return {
    hook: "nat hook output priority -100",
    rules: familiesOf(nat).flatMap((family) => [
      `${family.ip} daddr ${family.loopback} return`,
      `${family.ip} daddr . ${port} @not_host${family.digit} return`,
      ...forwards(family),
    ]),
  };
}

function forwards({ ip, digit }: Family): string[] {
  const listener = `${ip} daddr . ${port}`;
  return [
    `fib daddr type local ${transport} dnat ${ip} to ${ip} saddr . ${listener} map @from${digit}`,
    `${transport} dnat ${ip} to ${listener} map @exact${digit}`,
    `fib daddr type local ${transport} dnat ${ip} to ${port} map @any${digit}`,
  ];
}

/** What goes out. */
export function postrouting(nat: Nat): Chain {
  const { bridge, mode, nat66 } = nat;
  const own = familiesOf(nat);
  const translated = own.filter(({ ip }) => mode === "nat" && (ip === "ip" || nat66));
  return {
    hook: "nat hook postrouting priority srcnat",
    rules: [
      // Hairpin: a guest that reaches a guest by the host's address must be answered through the host.
      ...own.map(({ ip, cidr }) => `${ip} saddr ${cidr} oifname "${bridge}" ct status dnat masquerade`),
      ...(translated.length ? [`${MARKED} return`] : []),
      ...translated.flatMap((family) => outwards(family, nat)),
    ],
  };
}

function outwards(family: Family & { readonly cidr: string }, nat: Nat): string[] {
  const { ip, cidr, local } = family;
  const exempt = [...local, ...nat.natExemptRanges.filter((range) => isOf(family, range))];
  const address = nat.snatAddresses.find((one) => isOf(family, one));
  const leaving = `${ip} saddr ${cidr} ${uplinks(nat)}`;
  const verdict = address ? `snat ${ip} to ${address}` : "masquerade";
  const within = address ? `snat ${ip} to ${ip === "ip" ? address : `[${address}]`}` : "masquerade to ";
  return [
    `${ip} saddr ${cidr} ${ip} daddr ${rangeSet(exempt)} return`,
    `${leaving} ${transport} ${within}:${nat.natPorts}`,
    `${leaving} ${verdict}`,
  ];
}

/** Matches what leaves by a way that guests may take. */
export function uplinks({ bridge, uplinks: names }: Nat): string {
  return names === "any" ? `oifname != "${bridge}"` : `oifname ${set(names.map((name) => `"${name}"`))}`;
}

function ofFamilies(entries: (family: Family) => [string, string][]) {
  return (nat: Nat): Readonly<Record<string, string>> => Object.fromEntries(familiesOf(nat).flatMap(entries));
}
