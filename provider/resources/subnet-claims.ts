import type { Claim } from "../model/claims.ts";
import { boundsOf, isLinkLocal, networkOf } from "../model/values/prefix.ts";

/** A network that a resource has on a link, and the argument that says so. */
export interface Subnet {
  readonly path: string;
  /** With host bits or without. */
  readonly cidr: string;
}

/** The networks of a link's addresses. */
export function subnetsOf(addresses: readonly { readonly address: string }[]): Subnet[] {
  return addresses.map(({ address: cidr }, index) => ({ path: `addresses[${index}]`, cidr }));
}

/**
 * Networks of a link, which no other link of the host may have a part of: the host would not know where such an address is. A
 * single address is no network.
 */
export function subnetClaims(link: string, subnets: readonly Subnet[]): Claim[] {
  return subnets
    .filter(({ cidr }) => !isLinkLocal(cidr) && !/\/(32|128)$/.test(cidr))
    .map(({ path, cidr }) => {
      const network = networkOf(cidr);
      return {
        ...{ space: "subnet", scope: cidr.includes(":") ? "::" : "0.0.0.0", ...boundsOf(network), path, of: link },
        holder: `${network} of ${link}`,
        says: (holder, hostName) =>
          `${network} of ${link} overlaps ${holder}, which this program has on ${hostName} too. Choose another network.`,
      };
    });
}
