import { z } from "zod";
import type { Forwarder } from "../model/nouns/dhcp.ts";
import { ipAddress } from "../model/values/address.ts";
import { domainName } from "../model/values/name.ts";

/** Resolvers to ask: an address for every name, `{ domain, address }` for those of one domain. */
export const forwarders = z
  .array(z.union([ipAddress, z.strictObject({ domain: domainName, address: ipAddress })]))
  .optional();
type Given = z.output<typeof forwarders>;

export function forwardersOf(given: Given): Forwarder[] {
  return (given ?? []).map((one) => (typeof one === "string" ? { address: one } : one));
}
