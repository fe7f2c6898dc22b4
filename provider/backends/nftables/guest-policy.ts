import type { GuestPolicy, GuestPort } from "../../model/nouns/filter.ts";
import { guestTableOf } from "../../model/table.ts";
import { linkLocalOf } from "../../model/values/mac.ts";
import { boundsOf, contains } from "../../model/values/prefix.ts";
import type { Plan } from "../../plan/plan.ts";
import { textOf } from "../../plan/text.ts";
import { digitOf } from "./family.ts";
import { arp, fromGuest, own, ownNeighbours, refusals, toGuest } from "./guest-frames.ts";
import { restored } from "./restore.ts";
import { serviceRules } from "./rule.ts";
import { type Chain, refill, type Table } from "./table.ts";

/**
 * Filters in front of a bridge's guests: one table of the bridge family, whose chains are the same whoever the guests are. Who
 * they are is in its sets.
 */
export function renderGuestPolicy(policy: GuestPolicy): Plan {
  const name = `bridge ${guestTableOf(policy.bridge)}`;
  const elements = [
    ...policy.uplinks.map((port) => `uplinks { "${port}" }`),
    ...(policy.guests ?? []).flatMap((guest) => elementsOf(guest)),
  ];
  return {
    [`ruleset ${name}`]: refill(table(name, policy)),
    ...(elements.length && { [`elements ${name} ports`]: textOf(elements) }),
    ...restored,
  };
}

function table(name: string, policy: GuestPolicy): Table {
  const [, tableName] = name.split(" ");
  return {
    name,
    maps: {},
    // All of them, used or not: a change of what is filtered must not meet elements of a set that is gone.
    sets: {
      ...{ guests: "ifname;", uplinks: "ifname;", macs: "ifname . ether_addr;" },
      addresses4: "ifname . ipv4_addr; flags interval;",
      addresses6: "ifname . ipv6_addr; flags interval;",
      // What is claimed by neighbour discovery. In numbers: older versions of nft have no name for that field.
      targets6: "typeof iifname . @th,64,128; flags interval;",
    },
    chains: {
      spoof: spoof(policy),
      neighbours: { rules: policy.antiSpoof ? ownNeighbours : [] },
      egress: egress(policy),
      forward: ingress(policy, "forward"),
      output: ingress(policy, "output"),
    },
    include: `/etc/kvmnet/nft/${tableName}.d/*.nft`,
  };
}

/**
 * Before the bridge learns behind which port an address is (it would send others' frames there), and before conntrack puts
 * fragments together (some may be another guest's).
 */
function spoof(policy: GuestPolicy): Chain {
  const rules = policy.antiSpoof ? [...others(policy, "i"), ...own] : [];
  return { hook: "filter hook prerouting priority dstnat", rules };
}

/** To the LAN, to the host and to other guests alike. After conntrack, and as early as a refusal can be answered. */
function egress(policy: GuestPolicy): Chain {
  return {
    hook: "filter hook prerouting priority filter + 10",
    rules: [
      ...others(policy, "i"),
      "ct state established,related accept",
      ...[arp, ...fromGuest].map((frames) => `${frames} accept`),
      ...policy.egress.flatMap((rule) => serviceRules(rule)),
      policy.egressDefault,
    ],
  };
}

/** From the LAN and other guests by `forward`, from the host by `output`. */
function ingress(policy: GuestPolicy, hook: "forward" | "output"): Chain {
  return {
    hook: `filter hook ${hook} priority filter`,
    rules: [
      ...others(policy, "o"),
      "ct state established,related accept",
      ...[arp, ...toGuest, ...(hook === "output" ? refusals : [])].map((frames) => `${frames} accept`),
      ...policy.ingress.flatMap((rule) => serviceRules(rule)),
      policy.ingressDefault,
    ],
  };
}

/** Leaves alone what does not come from a guest (`i`), or does not go to one (`o`). */
function others({ bridge, guests }: GuestPolicy, way: "i" | "o"): string[] {
  if (guests) return [`${way}ifname != @guests accept`];
  return [`meta ${way}brname != "${bridge}" accept`, `${way}ifname @uplinks accept`];
}

function elementsOf({ tap, mac, addresses }: GuestPort): string[] {
  const six = addresses.filter((range) => digitOf(range) === "6");
  const link = mac === undefined ? [] : [linkLocalOf(mac)];
  const all6 = [...six, ...link.filter((address) => !six.some((range) => contains(range, address)))];
  return [
    `guests { "${tap}" }`,
    ...(mac === undefined ? [] : [`macs { "${tap}" . ${mac} }`]),
    ...addresses.filter((range) => digitOf(range) === "4").map((range) => `addresses4 { "${tap}" . ${range} }`),
    ...all6.flatMap((range) => [`addresses6 { "${tap}" . ${range} }`, `targets6 { "${tap}" . ${numbers(range)} }`]),
  ];
}

/** As nft writes what it has no type for. */
function numbers(range: string): string {
  const { first, last } = boundsOf(range);
  const hex = (number: bigint) => `0x${number.toString(16)}`;
  return first === last ? hex(first) : `${hex(first)}-${hex(last)}`;
}
