import type { Nat } from "../../model/nouns/nat.ts";
import { familiesOf } from "./family.ts";
import { ADMIT } from "./mark.ts";
import { serviceRules } from "./rule.ts";
import type { Chain } from "./table.ts";
import { uplinks } from "./translate.ts";

/** Who may talk to whom: the chains of a network's table that let through, and those that change packets on the way. */

/** At once, instead of a client that waits for its timeout; in the inet family `reject` answers by ICMP or ICMPv6. */
const refuse = ["meta l4proto tcp reject with tcp reset", "reject"];

/**
 * Without these no guest finds the host by IPv6 (RFC 4890, section 4.4). Not router advertisements: those are the host's to
 * make.
 */
const neighbours = [
  ...["echo-request", "nd-neighbor-solicit", "nd-neighbor-advert", "nd-router-solicit"],
  ...["mld-listener-report", "mld-listener-done", "mld2-listener-report"],
].join(", ");

/** What the host routes. */
export function forward(nat: Nat): Chain {
  const { bridge, mode } = nat;
  const others = `iifname != "${bridge}" oifname != "${bridge}" return`;
  // Routed between guests, or bridged where br_netfilter hands that to us.
  const among = `iifname "${bridge}" oifname "${bridge}" ${nat.guestToGuest === "allow" ? "accept" : "reject"}`;
  return {
    hook: "filter hook forward priority filter",
    rules: [
      // A flow that was let out before the network was isolated ends here.
      ...(mode === "isolated" ? [others, among] : [...known(nat), others, ...begun(nat, among)]),
      ...refuse,
    ],
  };
}

/** Of flows that are known. Whose they are is not asked first: they are most of all packets, and other networks' pass here anyway. */
function known({ bridge, clampMss, egress: listed }: Nat): string[] {
  // To what is smaller of the ways to and fro. It changes both answers and the first packet, so nothing accepts before.
  const clamp = "tcp flags & (syn | rst) == syn tcp option maxseg size set rt mtu";
  return [
    ...(clampMss ? ["iifname", "oifname"].map((way) => `${way} "${bridge}" ${clamp}`) : []),
    ...(listed ? answers(bridge) : ["ct state established,related accept"]),
  ];
}

/** Of flows that begin. */
function begun(nat: Nat, among: string): string[] {
  const { bridge, mode, egress: listed } = nat;
  return [
    // Of no flow that is known: nobody translates it, and it would leave with the guest's own address.
    ...(mode === "nat" ? [`iifname "${bridge}" oifname != "${bridge}" ct state invalid drop`] : []),
    // Forwards on their way in, intercepts on their way out.
    "ct status dnat accept",
    among,
    ...familiesOf(nat).map(
      ({ ip, cidr }) => `iifname "${bridge}" ${ip} saddr ${cidr} ${uplinks(nat)} ${listed ? "jump egress" : "accept"}`,
    ),
    ...nat.ingress.flatMap((rule) => serviceRules(rule)).map((rule) => `oifname "${bridge}" ${rule}`),
  ];
}

/** What guests began is asked about with each packet that they send: a flow that the list lets out no more ends there. */
function answers(bridge: string): string[] {
  return [
    `iifname != "${bridge}" ct state established,related accept`,
    "ct state established ct direction reply accept",
    "ct state related accept",
  ];
}

/** What guests may reach beyond the host, if not everything. There without rules as well, as `mangle` is. */
export function egress({ egress: listed = [] }: Nat): Chain {
  return { rules: listed.flatMap((rule) => serviceRules(rule)) };
}

/** What guests reach on the host. */
export function input({ bridge, hostServices }: Nat): Chain {
  return {
    hook: "filter hook input priority filter",
    rules: [
      `iifname != "${bridge}" return`,
      "ct state established,related accept",
      "udp dport { 53, 67, 547 } accept",
      "tcp dport 53 accept",
      "icmp type echo-request accept",
      `icmpv6 type { ${neighbours} } accept`,
      // What an intercept leads to the host itself.
      `ct status dnat ${ADMIT}`,
      ...hostServices.flatMap((rule) => serviceRules(rule, rule.action === "accept" ? ADMIT : rule.action)),
      ...refuse,
    ],
  };
}

/**
 * What the host sends, its own answers too.
 *
 * An answer whose checksum the network card would have written reaches a guest on the same machine without one, and some DHCP
 * clients drop it. 0 says that there is none (RFC 768). After a rule by hand that fills it in (iptables' CHECKSUM), which would
 * take the 0 for what it begins with.
 */
export function mangle({ bridge, fillDhcpChecksum }: Nat): Chain {
  return {
    hook: "filter hook postrouting priority mangle + 1",
    rules: fillDhcpChecksum ? [`oifname "${bridge}" udp sport 67 udp dport 68 udp checksum set 0`] : [],
  };
}
