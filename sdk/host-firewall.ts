import type * as pulumi from "@pulumi/pulumi";
import type { Rule } from "./nat-network.ts";
import { type CommonArgs, KvmnetResource } from "./resource.ts";

export interface HostFirewallArgs extends CommonArgs {
  /** What else is let in, or kept out, in this order. Default: nothing. */
  ingress?: pulumi.Input<pulumi.Input<Rule>[]>;
  /** CIDR ranges, IPv4 and IPv6, where SSH may come from. Default: anywhere. */
  sshSourceRanges?: pulumi.Input<pulumi.Input<string>[]>;
  /** Answer echo requests. Default: true. */
  ping?: pulumi.Input<boolean>;
  /** Seconds to prove a change in, 10 to 600: without a new connection to the host by then it undoes it. Default: 60. */
  confirmTimeoutSeconds?: pulumi.Input<number>;
  /** Default: `nftables`; there is no other yet. */
  backend?: pulumi.Input<"nftables">;
}

/**
 * What a host itself lets in: its own loopback, answers, ICMP, DHCP and DNS for the guests on its bridges, SSH, and a list.
 * All else is dropped. One a host. Frames of guests that are bridged to the LAN are no business of the host's: for those there is
 * GuestFilter.
 */
export class HostFirewall extends KvmnetResource {
  /** Name of the nftables table. */
  declare readonly table: pulumi.Output<string>;
  /** Bridges whose guests exchange frames with the LAN past this policy, and that have no GuestFilter either. */
  declare readonly unseen: pulumi.Output<string[]>;

  constructor(name: string, args: HostFirewallArgs = {}, opts: pulumi.CustomResourceOptions = {}) {
    super({ type: "HostFirewall", handler: "hostFirewall", outputs: ["table", "unseen"] }, name, { ...args }, [], opts);
  }
}
