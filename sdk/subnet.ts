import * as pulumi from "@pulumi/pulumi";
import { canonical, ipv4CidrFault, ipv6CidrFault } from "../provider/model/values/network.ts";
import { hostAt } from "../provider/model/values/prefix.ts";

/** Of each family the longest prefix that has room for the gateway and a guest. */
const families = {
  ipv4Cidr: { faultOf: ipv4CidrFault, longest: 30 },
  ipv6Cidr: { faultOf: ipv6CidrFault, longest: 126 },
};

/** What is wrong with a guests' network as far as it is known; `argument` says of which family it is. */
export function networkFaults(cidr: unknown, argument: keyof typeof families): string[] {
  if (typeof cidr === "object" || cidr === undefined) return [];
  const { faultOf, longest } = families[argument];
  const fault = faultOf(String(cidr));
  if (fault) return [`${argument}: ${fault}`];
  const network = canonical(String(cidr));
  return prefixLength(network) > longest
    ? [`${argument}: ${network} has no room for guests. Use a prefix length of ${longest} or less.`]
    : [];
}

/**
 * What follows from a network. Under mocks that know nothing of us, what the provider would have allotted is not there, and
 * nothing follows from it.
 */
export function fromNetwork<T>(cidr: pulumi.Input<string>, make: (cidr: string) => T): pulumi.Output<T> {
  const there = pulumi.output(cidr) as pulumi.Output<string | undefined>;
  return there.apply((known) => (known === undefined ? undefined : make(known))) as pulumi.Output<T>;
}

/** What is wrong with `n` as the number of a host in a network. */
export function hostFaults(cidr: string, n: number): string[] {
  const most = 2 ** (32 - prefixLength(cidr)) - 2;
  return Number.isInteger(n) && n >= 1 && n <= most ? [] : [`address(${n}): the hosts of ${cidr} are 1 to ${most}.`];
}

/** The first host of a network, with prefix length: `10.10.10.0/24` → `10.10.10.1/24`. Of either family. */
export function gatewayOf(cidr: string): string {
  return `${hostAt(cidr, 1)}/${cidr.split("/")[1]}`;
}

function prefixLength(cidr: string): number {
  return Number(cidr.split("/")[1]);
}
