import type * as pulumi from "@pulumi/pulumi";

/** A resolver for the names of one domain. */
export interface Forwarder {
  domain: pulumi.Input<string>;
  /** IPv4 or IPv6. */
  address: pulumi.Input<string>;
}
