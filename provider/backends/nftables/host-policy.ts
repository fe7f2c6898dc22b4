import type { HostPolicy } from "../../model/nouns.ts";
import type { Plan } from "../../plan/plan.ts";
import { MARKED } from "./mark.ts";
import { restored } from "./restore.ts";
import { serviceRules } from "./rule.ts";
import { refill } from "./table.ts";

/** What the host itself lets in: one table, whose last rule drops. */
export function renderHostPolicy(policy: HostPolicy): Plan {
  const table = {
    name: "inet kvmnethost",
    maps: {},
    sets: {},
    // After the networks' tables: what they admit is marked by then.
    chains: { input: { hook: "filter hook input priority filter + 10", rules: rules(policy) } },
  };
  return { [`ruleset ${table.name}`]: refill(table), ...restored };
}

/** Without these IPv6 does not work at all (RFC 4890, section 4.4); echo is the user's choice. */
const neededIcmpv6 = [
  ...["destination-unreachable", "packet-too-big", "time-exceeded", "parameter-problem"],
  ...["nd-router-solicit", "nd-router-advert", "nd-neighbor-solicit", "nd-neighbor-advert"],
  ...["mld-listener-query", "mld-listener-report", "mld-listener-done", "mld2-listener-report"],
].join(", ");

function rules({ sshPort, sshSourceRanges, ping, ingress }: HostPolicy): string[] {
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
