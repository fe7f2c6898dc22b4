/**
 * Frames without which a guest has no network, and those by which one passes for another, as matches of the bridge family. All
 * begin by `meta protocol`, or nft looks at the bytes of the frame itself, where a VLAN's tag may stand instead.
 */

export const arp = "meta protocol arp";

const icmpv6 = (types: readonly string[]) => `meta protocol ip6 icmpv6 type { ${types.join(", ")} }`;
/** Membership of multicast groups: a bridge that snoops forgets who is not heard, and with it the neighbours' own group. */
const igmp = "ip protocol igmp";

/** Neighbour discovery (RFC 4861), multicast listeners (RFC 3810) and DHCP as a guest speaks them. */
export const fromGuest = [
  icmpv6([
    ...["nd-router-solicit", "nd-neighbor-solicit", "nd-neighbor-advert"],
    ...["mld-listener-report", "mld-listener-done", "mld2-listener-report"],
  ]),
  igmp,
  "meta protocol ip udp sport 68 udp dport 67",
  "meta protocol ip6 udp sport 546 udp dport 547",
];

/** The same as routers, neighbours and servers speak it. */
export const toGuest = [
  icmpv6(["nd-router-advert", "nd-redirect", "nd-neighbor-solicit", "nd-neighbor-advert", "mld-listener-query"]),
  igmp,
  "meta protocol ip udp sport 67 udp dport 68",
  "meta protocol ip6 udp sport 547 udp dport 546",
];

/** How the bridge itself answers what is refused: by messages that conntrack counts to no flow. */
export const refusals = ["icmp", "icmpv6"].map(
  (icmp) => `meta protocol ${icmp === "icmp" ? "ip" : "ip6"} ${icmp} type destination-unreachable`,
);

/** Lets a guest's own frames through, and no others. */
export const own = [
  "iifname . ether saddr != @macs drop",
  `${arp} iifname . arp saddr ether != @macs drop`,
  `${arp} iifname . arp saddr ip @addresses4 accept`,
  // Asks whether an address is free (RFC 5227, section 2.1.1).
  `${arp} arp saddr ip 0.0.0.0 accept`,
  // No router, and no DHCP server.
  `${icmpv6(["nd-router-advert", "nd-redirect"])} drop`,
  "meta protocol ip udp sport 67 udp dport 68 drop",
  "meta protocol ip6 udp sport 547 udp dport 546 drop",
  `${icmpv6(["nd-neighbor-advert"])} jump neighbours`,
  "iifname . ip saddr @addresses4 accept",
  "ip saddr 0.0.0.0 udp sport 68 udp dport 67 accept",
  // The same question of IPv6 (RFC 4862, section 5.4), and what is said before it has an answer.
  `ip6 saddr :: ${icmpv6(["nd-neighbor-solicit"])} jump neighbours`,
  `ip6 saddr :: ${icmpv6(["nd-neighbor-solicit", "nd-router-solicit", "mld-listener-report", "mld2-listener-report"])} accept`,
  "iifname . ip6 saddr @addresses6 accept",
  "drop",
];

/** Of what asks for or claims an address. In a chain of its own: there every nft prints the field as it is written here. */
export const ownNeighbours = ["iifname . @th,64,128 != @targets6 drop"];
