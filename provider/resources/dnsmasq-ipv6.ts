import type { Mistake } from "../model/mistake.ts";
import type { Dhcp6, HostReservation } from "../model/nouns/dhcp.ts";
import { ranges6Of, usualRange6 } from "./ranges.ts";

/** What IPv6 of a network follows from. */
interface Given {
  readonly ipv6Cidr?: string | undefined;
  readonly ranges?: readonly string[] | undefined;
  readonly reservations?: readonly HostReservation[] | undefined;
  readonly routerAdvertisements?: Dhcp6["routerAdvertisements"] | undefined;
}

/** IPv6 as it shall be served; `undefined` when nothing of it is. */
export function ipv6Of(given: Given): Dhcp6 | undefined {
  const { ipv6Cidr: cidr } = given;
  if (!cidr) return undefined;
  const routerAdvertisements = given.routerAdvertisements ?? (cidr.endsWith("/64") ? "slaac" : "off");
  const written = ranges6Of(given.ranges);
  const leasesNone = written.length === 0 && given.ranges?.length !== 0;
  const ranges = routerAdvertisements === "stateful" && leasesNone ? [usualRange6(cidr)] : written;
  const reserved = (given.reservations ?? []).some(({ address6 }) => address6 !== undefined);
  if (routerAdvertisements === "off" && ranges.length === 0 && !reserved) return undefined;
  return { cidr, routerAdvertisements, ranges, reserved };
}

/** What does not go together, and what dnsmasq refuses (dnsmasq(8), --dhcp-range). */
export function ipv6Mistakes(given: Given): Mistake[] {
  const { ipv6Cidr: cidr, routerAdvertisements: mode } = given;
  if (!cidr) {
    if (mode === undefined || mode === "off") return [];
    const text = `"${mode}" needs IPv6, which the bridge does not have. Give the Bridge an address such as fd00:10::1/64.`;
    return [{ path: "routerAdvertisements", text }];
  }
  const served = ipv6Of(given);
  if (!served) return [];
  const length = Number(cidr.split("/")[1]);
  // Guests make the other half of their address themselves (RFC 4862, section 5.5.3).
  const own = served.routerAdvertisements === "slaac" || served.routerAdvertisements === "stateless";
  if (own && length !== 64) {
    const text = `guests make up addresses in a /64 only, and ${cidr} is none. Use "stateful", or "off".`;
    return [{ path: "routerAdvertisements", text }];
  }
  if (length < 64 || length > 112) {
    return [
      { path: "ipv6Cidr", text: `dnsmasq leases from networks of /64 to /112, and ${cidr} is none. Use such a one.` },
    ];
  }
  if (served.routerAdvertisements === "stateless" && (served.ranges.length || served.reserved)) {
    const text = `"stateless" leases no address, but IPv6 ranges or an address6 are given. Use "stateful" or "slaac".`;
    return [{ path: "routerAdvertisements", text }];
  }
  return [];
}
