import type { Mistake } from "../model/mistake.ts";
import type { HostReservation } from "../model/nouns/dhcp.ts";
import { addressOf, boundsOf, contains, numberOf, roleIn } from "../model/values/prefix.ts";
import type { Place } from "./ranges.ts";

const unique = ["mac", "address", "address6", "hostname"] as const;

/** What is wrong with reservations: an address that is none of the guests', or one thing reserved twice. */
export function reservationMistakes(
  reservations: readonly HostReservation[],
  { network, gateway, network6, hosts6 = [] }: Place,
): Mistake[] {
  return reservations.flatMap((reservation, index) => {
    const { address, address6 } = reservation;
    const path = `reservations[${index}]`;
    const faults = {
      address: address && unreservable(address, [network], [gateway]),
      address6: address6 && unreservable(address6, network6 ? [network6] : [], hosts6),
    };
    return unique.flatMap((key) => {
      const text = (key in faults && faults[key as keyof typeof faults]) || reservedTwice(reservations, index, key);
      return text ? [{ path: `${path}.${key}`, text }] : [];
    });
  });
}

function reservedTwice(
  reservations: readonly HostReservation[],
  index: number,
  key: (typeof unique)[number],
): string | undefined {
  const value = reservations[index]?.[key];
  if (value === undefined) return undefined;
  const earlier = reservations.findIndex((other) => other[key]?.toLowerCase() === value.toLowerCase());
  return earlier < index
    ? `${value} is reserved in reservations[${earlier}] already. Reserve each ${key} once.`
    : undefined;
}

/**
 * Why no guest can have an address, of either family: dnsmasq would note it, and never lease it. `networks` are those of
 * the bridge of that family, `hosts` the host's own addresses there.
 */
export function unreservable(
  address: string,
  networks: readonly string[],
  hosts: readonly string[],
): string | undefined {
  const network = networks.find((one) => contains(one, address));
  if (network === undefined) {
    const where = networks.length
      ? `outside ${networks.join(" and ")} of the bridge`
      : "of IPv6, which the bridge does not have";
    return `${address} is ${where}.`;
  }
  const role = roleOf(network, address);
  if (role) return `${address} is the network's ${role}. Choose another one.`;
  return hosts.map(addressOf).includes(address)
    ? `${address} is the host's own address. Choose another one.`
    : undefined;
}

/** IPv6 has no broadcast address; its first is every router's (RFC 4291, section 2.6.1). */
function roleOf(network: string, address: string): ReturnType<typeof roleIn> {
  if (!address.includes(":")) return roleIn(network, address);
  return numberOf(address) === boundsOf(network).first ? "own address" : undefined;
}
