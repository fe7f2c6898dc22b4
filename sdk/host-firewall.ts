import type * as pulumi from "@pulumi/pulumi";
import type { Rule } from "./nat-network.ts";
import { type CommonArgs, KvmnetResource } from "./resource.ts";

/** What passes through the host; a Rule that may say where from and where to. */
export interface ForwardRule extends Rule {
  /** Interfaces by which it comes in: names, or beginnings such as `br-*`. Default: any. */
  inInterfaces?: pulumi.Input<pulumi.Input<string>[]>;
  /** Interfaces by which it leaves. Default: any. */
  outInterfaces?: pulumi.Input<pulumi.Input<string>[]>;
}

export interface HostFirewallArgs extends CommonArgs {
  /** What else is let in, or kept out, in this order. Default: nothing. */
  ingress?: pulumi.Input<pulumi.Input<Rule>[]>;
  /**
   * `ingress` decides, too, about new connections to the host's addresses that others lead elsewhere: ports that Docker, Podman or
   * Kubernetes publish for containers, and forwards written by hand. Its ports and `destinationRanges` are what was dialled, whatever
   * they lead to; what no rule accepts is dropped. Not what our own PortForwards lead, nor what the host itself or guests of a
   * NatNetwork dial; but what a container dials at an address of the host. Default: false, they go past this policy.
   */
  filterPublished?: pulumi.Input<boolean>;
  /**
   * What the host forwards beyond networks of ours: for containers, networks of libvirt's, VPNs, or as a router. The first rule that meets
   * a packet decides, and what none meets is dropped, so `[]` forwards nothing else. Answers always pass, and whatever comes from
   * or goes to a NatNetwork, which decides itself; and what goes from port to port of one bridge. Rules see where a packet goes, after
   * forwards: the container's own address and port. What `filterPublished` lets in needs no rule here. Default: everything.
   */
  forward?: pulumi.Input<pulumi.Input<ForwardRule>[]>;
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
 * All else is dropped. And what it forwards, where `filterPublished` or `forward` ask for it: a drop of this policy is final, whatever
 * Docker or others accept. One a host. Frames of guests that are bridged to the LAN are no business of the host's: for those there is
 * GuestFilter.
 */
export class HostFirewall extends KvmnetResource {
  /** Name of the nftables table. */
  declare readonly table: pulumi.Output<string>;
  /** Bridges whose guests exchange frames with the LAN past this policy, and that have no GuestFilter either. */
  declare readonly unseen: pulumi.Output<string[]>;
  /** Ports that containers publish; they go past this policy unless `filterPublished` or `forward` is set. */
  declare readonly published: pulumi.Output<Published[]>;

  constructor(name: string, args: HostFirewallArgs = {}, opts: pulumi.CustomResourceOptions = {}) {
    const outputs = ["table", "unseen", "published"];
    super({ type: "HostFirewall", handler: "hostFirewall", outputs }, name, { ...args }, [], opts);
  }
}
