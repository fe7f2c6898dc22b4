import type { Rule } from "./filter.ts";

/** Address translation and policy of one network behind a bridge. */
export interface Nat {
  readonly noun: "nat";
  readonly bridge: string;
  /** `nat` translates IPv4, and with `nat66` IPv6; `routed` translates nothing; `isolated` lets nothing out or in. */
  readonly mode: "nat" | "routed" | "isolated";
  /** Prefixes of the guests' networks, host bits zero; one of them at least. */
  readonly ipv4Cidr?: string;
  readonly ipv6Cidr?: string;
  readonly nat66: boolean;
  readonly uplinks: readonly string[] | "any";
  /** Source addresses after translation, at most one a family; without one that of the way out. */
  readonly snatAddresses: readonly string[];
  /** Source ports for TCP and UDP, such as `1024-65535`. */
  readonly natPorts: string;
  /** Destinations never translated, beyond multicast and broadcast. */
  readonly natExemptRanges: readonly string[];
  readonly guestToGuest: "allow" | "deny";
  /** What guests may reach on the host beyond DHCP, DNS and ping. */
  readonly hostServices: readonly Rule[];
  /** What others may begin with guests. */
  readonly ingress: readonly Rule[];
  /** What guests may begin with others. Unset: everything. */
  readonly egress?: readonly Rule[];
  /** Lowers the segment size that TCP agrees on to what the path takes. */
  readonly clampMss: boolean;
  /** Sends DHCP answers with a checksum that a guest's client takes. */
  readonly fillDhcpChecksum: boolean;
  /** Interfaces on which the host itself takes router advertisements, and shall go on to. */
  readonly acceptRa: readonly string[];
}
