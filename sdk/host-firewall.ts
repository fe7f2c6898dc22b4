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

/** A port that a program on the host publishes for a container. */
export interface Published {
  /** `docker` or `podman`. */
  by: string;
  protocol: string;
  /** Unset: any of the host's. */
  address?: string;
  port: string;
  target: string;
}

/**
 * What a host itself lets in: its own loopback, answers, ICMP, DHCP and DNS for the guests on its bridges, SSH, and a list.
 * All else is dropped. One a host. Frames of guests that are bridged to the LAN are no business of the host's: for those there is
 * GuestFilter. Nor does it see what comes for ports that containers publish, which is forwarded.
 */
export class HostFirewall extends KvmnetResource {
  /** Name of the nftables table. */
  declare readonly table: pulumi.Output<string>;
  /** Bridges whose guests exchange frames with the LAN past this policy, and that have no GuestFilter either. */
  declare readonly unseen: pulumi.Output<string[]>;
  /** Ports that go past this policy. */
  declare readonly published: pulumi.Output<Published[]>;

  constructor(name: string, args: HostFirewallArgs = {}, opts: pulumi.CustomResourceOptions = {}) {
    const outputs = ["table", "unseen", "published"];
    super({ type: "HostFirewall", handler: "hostFirewall", outputs }, name, { ...args }, [], opts);
  }
}
