import type { Claim } from "../model/claims.ts";
import { numberOf } from "../model/values/prefix.ts";

/** What one guest has reserved. */
export interface Reserved {
  readonly mac: string;
  readonly address?: string | undefined;
  readonly address6?: string | undefined;
}

/** Each address that a bridge's dnsmasq reserves is one guest's, whichever resource of the program asks for it. */
export function reservationClaims(bridge: string, guest: Reserved, holder: string, at = ""): Claim[] {
  return (["address", "address6"] as const).flatMap((key) => {
    const address = guest[key];
    if (address === undefined) return [];
    const number = numberOf(address);
    return {
      ...{ space: `reserved ${key}`, scope: bridge, first: number, last: number, path: `${at}${key}` },
      ...{ holder, of: guest.mac },
      says: (other, hostName) =>
        `${address} is reserved for ${other} on ${hostName} already. Reserve each address once.`,
    } satisfies Claim;
  });
}
