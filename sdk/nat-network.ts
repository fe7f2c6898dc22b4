import type * as pulumi from "@pulumi/pulumi";
import { Bridge } from "./bridge.ts";
import { type CommonArgs, KvmnetResource } from "./resource.ts";

/** A port, or a range such as `"8000-8100"`. */
export type Port = number | string;
export type Protocol = "tcp" | "udp" | "both";

/** What traffic is let through or kept out. Its sets of networks are of IPv4; a HostFirewall's of IPv6 as well. */
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
  /** Default: `nat`. */
  mode?: pulumi.Input<"nat">;
  /** The guests' network. Default: that of the bridge's first IPv4 address. */
  ipv4Cidr?: pulumi.Input<string>;
  /** Interfaces through which guests reach the outside. Default: `any` but the bridge. */
  uplinks?: pulumi.Input<pulumi.Input<string>[] | "any">;
  /** Source ports of translated TCP and UDP. Default: `1024-65535`. */
  natPorts?: pulumi.Input<string>;
  /** Destinations never translated, beyond multicast and broadcast. */
  natExemptRanges?: pulumi.Input<pulumi.Input<string>[]>;
  /** Whether guests reach each other. Default: `allow`. */
  guestToGuest?: pulumi.Input<"allow" | "deny">;
  /** What guests may reach on the host beyond DHCP, DNS and ping. */
  hostServices?: pulumi.Input<pulumi.Input<Rule>[]>;
  /** Default: what the host uses. */
  backend?: pulumi.Input<"nftables">;
}

/** Something on the host that keeps guests from the outside, and how to let them through. */
export interface Blocker {
  by: string;
  rule: string;
  fix: string;
}

/** Address translation and firewall for the guests of one bridge. */
export class NatNetwork extends KvmnetResource {
  declare readonly bridge: pulumi.Output<string>;
  declare readonly ipv4Cidr: pulumi.Output<string>;
  /** Name of the nftables table. */
  declare readonly table: pulumi.Output<string>;
  declare readonly blockers: pulumi.Output<Blocker[]>;

  constructor(name: string, args: NatNetworkArgs, opts: pulumi.CustomResourceOptions = {}) {
    const registration = { type: "NatNetwork", handler: "natNetwork", outputs: ["ipv4Cidr", "table", "blockers"] };
    const { bridge, ...rest } = args;
    const declared = bridge instanceof Bridge ? bridge : undefined;
    const unpacked = declared
      ? { bridge: declared.name, ipv4Cidr: rest.ipv4Cidr ?? declared.ipv4Cidr }
      : { bridge: bridge as pulumi.Input<string> };
    super(registration, name, { ...rest, ...unpacked }, [declared], opts);
  }
}
