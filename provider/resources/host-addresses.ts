import { z } from "zod";
import type { Facts } from "../model/facts.ts";
import { interfaceAddress } from "../model/values/address.ts";
import { isLinkLocal } from "../model/values/prefix.ts";

/** An argument of what hangs on a bridge. */
export const hostAddresses = z
  .array(interfaceAddress)
  .optional()
  .describe("The host's addresses on the bridge, with prefix length; come with a Bridge.");

/** The addresses that a host has on a link and nobody leased to it, with prefix length. */
export function hostAddressesOn(wanted: string, { addresses, carried }: Facts): string[] {
  const fixed = [...addresses, ...carried.filter(({ address, dynamic }) => address.includes(":") && !dynamic)];
  return fixed.flatMap(({ link, address }) => (link === wanted ? [address] : []));
}

/** The first of each family. A link-local prefix is every link's, and nobody's network. */
export function firstOfEach(hosts: readonly string[]): { four?: string; six?: string } {
  const first = (v6: boolean) => hosts.find((one) => one.includes(":") === v6 && !isLinkLocal(one));
  const [four, six] = [first(false), first(true)];
  return { ...(four !== undefined && { four }), ...(six !== undefined && { six }) };
}
