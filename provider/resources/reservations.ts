import type { Mistake } from "../model/mistake.ts";
import type { HostReservation } from "../model/nouns.ts";
import { contains } from "../model/values/prefix.ts";
import type { Place } from "./ranges.ts";

const unique = ["mac", "address", "hostname"] as const;

/** What is wrong with reservations: an address that is none of the guests', or one thing reserved twice. */
export function reservationMistakes(reservations: readonly HostReservation[], { network, gateway }: Place): Mistake[] {
  return reservations.flatMap((reservation, index) => {
    const { address } = reservation;
    const path = `reservations[${index}]`;
    if (address && !contains(network, address)) {
      return [{ path: `${path}.address`, text: `${address} is outside ${network} of the bridge.` }];
    }
    if (address === gateway) {
      return [{ path: `${path}.address`, text: `${address} is the host's own address. Choose another one.` }];
    }
    return unique.flatMap((key) => {
      const earlier = reservations.findIndex((other) => other[key] !== undefined && same(other[key], reservation[key]));
      if (earlier < 0 || earlier >= index) return [];
      const text = `${reservation[key]} is reserved in reservations[${earlier}] already. Reserve each ${key} once.`;
      return [{ path: `${path}.${key}`, text }];
    });
  });
}

const same = (a: string | undefined, b: string | undefined) => a?.toLowerCase() === b?.toLowerCase();
