import type { HostPolicy } from "../../model/nouns/filter.ts";
import type { Plan } from "../../plan/plan.ts";
import { ACCEPT_PASSING, MARKED } from "./mark.ts";
import { sparedNetworks } from "./networks.ts";
import { restored } from "./restore.ts";
import { dialledRules, forwardRules, serviceRules } from "./rule.ts";
import { type Chain, refill } from "./table.ts";

/**
 * What the host itself lets in, and what it forwards: one table. Its base chains come after those of the networks' tables, which
 * mark what they let through.
 */
export function renderHostPolicy(policy: HostPolicy): Plan {
  const table = {
    name: "inet kvmnethost",
    maps: {},
    // All of these, used or not: a table that is filled again keeps what it has.
    sets: { dialled4: learnt("ipv4_addr"), dialled6: learnt("ipv6_addr"), switched: learnt("ifname . ifname") },
    chains: {
      dialled: dialled(policy),
      input: { hook: "filter hook input priority filter + 10", rules: input(policy) },
      forward: { hook: "filter hook forward priority filter + 10", rules: forward(policy) },
      published: { rules: policy.filterPublished ? [...policy.ingress.flatMap(dialledRules), "drop"] : [] },
    },
  };
  return {
    [`ruleset ${table.name}`]: refill(table),
    ...(judgesForwarding(policy) && sparedNetworks()),
    ...restored,
  };
}

/** A set that packets fill. The kernel gives it this size with the first rule that does so, and leaves it when the rule goes. */
function learnt(type: string): string {
  return `${type}; size 65535; flags dynamic;`;
}

/** Without these IPv6 does not work at all (RFC 4890, section 4.4); echo is the user's choice. */
const neededIcmpv6 = [
  ...["destination-unreachable", "packet-too-big", "time-exceeded", "parameter-problem"],
  ...["nd-router-solicit", "nd-router-advert", "nd-neighbor-solicit", "nd-neighbor-advert"],
  ...["mld-listener-query", "mld-listener-report", "mld-listener-done", "mld2-listener-report"],
].join(", ");

function input({ sshPort, sshSourceRanges, ping, ingress }: HostPolicy): string[] {
  const ssh = {
    ...({ action: "accept", protocol: "tcp", ports: [{ first: sshPort, last: sshPort }] } as const),
    ...{ sourceRanges: sshSourceRanges, destinationRanges: [] },
  };
  return [
    'iifname "lo" accept',
    "ct state established,related accept",
    `${MARKED} accept`,
    // Before any rule of the user: nothing that is written below locks them out.
    ...serviceRules(ssh),
    `icmp type { destination-unreachable, time-exceeded, parameter-problem${ping ? ", echo-request" : ""} } accept`,
    `icmpv6 type { ${neededIcmpv6}${ping ? ", echo-request" : ""} } accept`,
    // The host as a DHCP client: answers come to no flow that conntrack knows.
    "udp sport 67 udp dport 68 accept",
    "udp sport 547 udp dport 546 accept",
    // Guests, of other programs' networks too.
    'meta iifkind "bridge" udp dport { 53, 67, 547 } accept',
    'meta iifkind "bridge" tcp dport 53 accept',
    ...ingress.flatMap((rule) => serviceRules(rule)),
    "drop",
  ];
}

/**
 * Learns the host's own addresses from what is sent to them, before anybody leads it elsewhere: what goes to a virtual address of
 * somebody else's (a cluster's services) is led on, too, and is no port of the host's.
 */
function dialled({ filterPublished }: HostPolicy): Chain {
  const learn = (ip: "ip" | "ip6", digit: "4" | "6") =>
    `ct state new fib daddr type local add @dialled${digit} { ${ip} daddr }`;
  return {
    hook: "filter hook prerouting priority mangle",
    rules: filterPublished ? [learn("ip", "4"), learn("ip6", "6")] : [],
  };
}

function judgesForwarding({ filterPublished, forward: listed }: HostPolicy): boolean {
  return filterPublished || listed !== undefined;
}

/** A drop here is final, whatever those accept whose networks and containers it is about. */
function forward(policy: HostPolicy): string[] {
  const { filterPublished, forward: listed } = policy;
  if (!judgesForwarding(policy)) return [];
  const published = [
    "ct status dnat ct original ip daddr @dialled4 goto published",
    "ct status dnat ct original ip6 daddr @dialled6 goto published",
  ];
  return [
    ACCEPT_PASSING,
    "ct state established,related accept",
    ...(filterPublished ? published : []),
    ...(listed ? [...switched, ...listed.flatMap(forwardRules), "drop"] : []),
  ];
}

/**
 * From port to port of one bridge: where br_netfilter hands us such frames, they are none that the host forwards. No rule can compare
 * the two interfaces (nft(8)), but it can look for the pair, having added the pair that would be equal.
 */
const switched = ['meta iifkind "bridge" add @switched { iifname . iifname }', "iifname . oifname @switched accept"];
