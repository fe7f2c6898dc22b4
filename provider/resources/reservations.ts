import type { Mistake } from "../model/mistake.ts";
import type { HostReservation } from "../model/nouns.ts";
import { contains, roleIn } from "../model/values/prefix.ts";
import type { Place } from "./ranges.ts";

const unique = ["mac", "address", "address6", "hostname"] as const;

/** What is wrong with reservations: an address that is none of the guests', or one thing reserved twice. */
export function reservationMistakes(
  reservations: readonly HostReservation[],
  { network, gateway, network6 }: Place,
): Mistake[] {
  return reservations.flatMap((reservation, index) => {
    const { address, address6 } = reservation;
    const path = `reservations[${index}]`;
    if (address && !contains(network, address)) {
      return [{ path: `${path}.address`, text: `${address} is outside ${network} of the bridge.` }];
    }
    const role = address && roleIn(network, address);
    if (role) {
      return [{ path: `${path}.address`, text: `${address} is the network's ${role}. Choose another one.` }];
    }
    if (address === gateway) {
      return [{ path: `${path}.address`, text: `${address} is the host's own address. Choose another one.` }];
    }
    if (address6 && !(network6 && contains(network6, address6))) {
      const where = network6 ? `outside ${network6} of the bridge` : "of IPv6, which the bridge does not have";
      return [{ path: `${path}.address6`, text: `${address6} is ${where}.` }];
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
