import type * as pulumi from "@pulumi/pulumi";
import { Bridge } from "./bridge.ts";
import { type CommonArgs, KvmnetResource } from "./resource.ts";

/** A port, or a range such as `"8000-8100"`. */
export type Port = number | string;
export type Protocol = "tcp" | "udp" | "both";

/** What traffic is let through or kept out, of IPv4 and IPv6 alike unless its ranges say otherwise. */
export interface Rule {
  /** Default: `accept`. */
  action?: pulumi.Input<"accept" | "reject" | "drop">;
  /** Default: `tcp` with ports, else `any`. */
  protocol?: pulumi.Input<Protocol | "icmp" | "any">;
  ports?: pulumi.Input<pulumi.Input<Port>[]>;
  /** CIDR ranges. Default: any. */
  sourceRanges?: pulumi.Input<pulumi.Input<string>[]>;
  /** CIDR ranges. Default: any. */
  destinationRanges?: pulumi.Input<pulumi.Input<string>[]>;
}

export interface NatNetworkArgs extends CommonArgs {
  /** The bridge whose guests are translated. Changing it replaces the network. */
  bridge: pulumi.Input<string> | Bridge;
  /**
   * `nat` translates guests' IPv4 to the host's addresses; `routed` translates nothing, so that others need a route to the
   * guests; `isolated` lets nothing out or in: guests reach each other, and the host's DHCP and DNS. Default: `nat`.
   */
  mode?: pulumi.Input<"nat" | "routed" | "isolated">;
  /** The guests' network. One that is translated and not private is a warning. Default: that of the bridge's first IPv4 address. */
  ipv4Cidr?: pulumi.Input<string>;
  /** The guests' IPv6 network: routed, unless `nat66` is set. Default: that of the bridge's first IPv6 address, if any. */
  ipv6Cidr?: pulumi.Input<string>;
  /** Translate IPv6 to the host's addresses, too. Default: false. */
  nat66?: pulumi.Input<boolean>;
  /** Interfaces through which guests reach the outside. One that the host does not have is a warning. Default: `any` but the bridge. */
  uplinks?: pulumi.Input<pulumi.Input<string>[] | "any">;
  /** Source addresses after translation, at most one a family. Default: that of the way out (masquerade). */
  snatAddresses?: pulumi.Input<pulumi.Input<string>[]>;
  /** Source ports of translated TCP and UDP. Default: `1024-65535`. */
  natPorts?: pulumi.Input<string>;
  /** Destinations never translated, beyond multicast, broadcast and our other networks on the host. */
  natExemptRanges?: pulumi.Input<pulumi.Input<string>[]>;
  /** Whether guests reach each other. Default: `allow`. */
  guestToGuest?: pulumi.Input<"allow" | "deny">;
  /** What guests may reach on the host beyond DHCP, DNS and ping. */
  hostServices?: pulumi.Input<pulumi.Input<Rule>[]>;
  /** What others may begin with guests of a routed network, in this order. Default: nothing. */
  ingress?: pulumi.Input<pulumi.Input<Rule>[]>;
  /**
   * What guests may begin with others than the host: outside, and in other networks. The first rule that meets a packet decides, and
   * what none meets is rejected, so `[]` lets nothing out. `destinationRanges` are where it goes, `sourceRanges` which guests. Answers to what
   * others began always pass, and what a PortForward with `intercept` leads elsewhere. A change holds for flows that stand as well: what
   * is allowed goes on, the rest is refused with the guest's next packet. Default: everything.
   */
  egress?: pulumi.Input<pulumi.Input<Rule>[]>;
  /** Lower TCP's segment size (MSS) to what the path takes, as over PPPoE or a tunnel. Default: false. */
  clampMss?: pulumi.Input<boolean>;
  /**
   * Send DHCP answers with checksum 0, which says that there is none, for guests whose client drops the unfinished ones of an
   * offloading interface. Not for guests that have checksum offloading turned off. Default: false.
   */
  fillDhcpChecksum?: pulumi.Input<boolean>;
  /**
   * Other firewalls of the host that get the smallest entry for this bridge, taken away with the network. `nftables` and `iptables`
   * are rules of the host's own: at the end of each chain of theirs that drops what it does not know, whoever loads it again.
   * Default: none; what blocks is named in `blockers`.
   */
  coexist?: pulumi.Input<pulumi.Input<"docker" | "firewalld" | "iptables" | "nftables" | "ufw">[]>;
  /** Default: `nftables`; there is no other yet. */
  backend?: pulumi.Input<"nftables">;
}

/** Something on the host that keeps guests from the outside, and how to let them through. */
export interface Blocker {
  by: string;
  rule: string;
  fix: string;
}

/** Address translation, routing and firewall for the guests of one bridge. */
export class NatNetwork extends KvmnetResource {
  declare readonly bridge: pulumi.Output<string>;
  declare readonly ipv4Cidr: pulumi.Output<string>;
  declare readonly ipv6Cidr: pulumi.Output<string>;
  /** The host's address in each of the guests' networks, with prefix length. */
  declare readonly gateways: pulumi.Output<string[]>;
  declare readonly isolated: pulumi.Output<boolean>;
  /** Name of the nftables table. */
  declare readonly table: pulumi.Output<string>;
  declare readonly blockers: pulumi.Output<Blocker[]>;

  constructor(name: string, args: NatNetworkArgs, opts: pulumi.CustomResourceOptions = {}) {
    const registration = {
      type: "NatNetwork",
      handler: "natNetwork",
      outputs: ["ipv4Cidr", "ipv6Cidr", "gateways", "isolated", "table", "blockers"],
    };
    const { bridge, ...rest } = args;
    const declared = bridge instanceof Bridge ? bridge : undefined;
    const unpacked = declared
      ? { bridge: declared.name, hostAddresses: declared.hostAddresses }
      : { bridge: bridge as pulumi.Input<string> };
    super(registration, name, { ...rest, ...unpacked }, [declared], opts);
  }
}
