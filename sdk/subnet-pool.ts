import * as pulumi from "@pulumi/pulumi";
import { secretArguments } from "./resource.ts";

export interface SubnetPoolArgs {
  /** Who has a subnet each. Those that are new take the lowest free ones, in this order. */
  hosts: pulumi.Input<pulumi.Input<string>[]>;
  /** The network that subnets are taken from, such as `10.40.0.0/16`. A host keeps its subnet when this changes. */
  ipv4Pool: pulumi.Input<string>;
  /** Prefix length of the subnets, up to 30. Default: 24. */
  ipv4PrefixLength?: pulumi.Input<number>;
  /** Subnets that are given, by host, from the pool or not. */
  ipv4Cidrs?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** The network that IPv6 subnets are taken from, such as `fd00:40::/48`. Default: only those given are had. */
  ipv6Pool?: pulumi.Input<string>;
  /** Prefix length of the IPv6 subnets, up to 126. Default: 64, which guests that configure themselves need (RFC 4862). */
  ipv6PrefixLength?: pulumi.Input<number>;
  /** IPv6 subnets that are given, by host. */
  ipv6Cidrs?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/** What a host was allotted. */
export interface Subnet {
  ipv4Cidr: string;
  ipv6Cidr?: string;
}

/**
 * Subnets by host, allotted once and kept in the stack's state: nobody is renumbered because others come or go. The subnet
 * of a host that leaves is free for the next update. No host is ever asked.
 */
export class SubnetPool extends pulumi.CustomResource {
  declare readonly subnets: pulumi.Output<Record<string, Subnet>>;

  constructor(name: string, args: SubnetPoolArgs, opts: pulumi.CustomResourceOptions = {}) {
    const inputs = {
      ...args,
      subnets: undefined,
      secretArgs: secretArguments({ ...args }),
      __provider: 'exports.handler=()=>require("pulumi-kvmnet/provider").subnetPool',
    };
    super("pulumi-nodejs:dynamic/kvmnet:SubnetPool", name, inputs, opts);
  }
}
