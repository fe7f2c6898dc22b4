import { describe, expect, test } from "vitest";
import { parseLeases } from "../../../provider/model/leases.ts";
import { ipv6Of } from "../../../provider/resources/dnsmasq-ipv6.ts";
import { countRanges, ranges6Of, rangesOf, usualRange6 } from "../../../provider/resources/ranges.ts";

const place = { network: "10.10.10.0/24", gateway: "10.10.10.1", network6: "fd00:10::/64" };

describe("ranges", () => {
  test("of one family leave the other at its default", () => {
    const six = ["fd00:10::100-FD00:10:0::1ff"];
    expect(rangesOf(six, place)).toEqual([{ first: "10.10.10.2", last: "10.10.10.254" }]);
    expect(ranges6Of(six)).toEqual([{ first: "fd00:10::100", last: "fd00:10::1ff" }]);
    expect(rangesOf([], place)).toEqual([]);
    expect(ranges6Of(undefined)).toEqual([]);
  });
  test("are counted together, and no further than anybody needs", () => {
    expect(countRanges([...rangesOf(undefined, place), usualRange6(place.network6)])).toBe(253 + 0xf000);
    expect(countRanges([{ first: "fd00::", last: "fd00::ffff:ffff:ffff:ffff" }])).toBe(1_000_000);
  });
});

describe("IPv6", () => {
  const cidr = "fd00:10::/64";
  test("is advertised in a /64 unless it is said otherwise, and not at all where guests could not make up addresses", () => {
    expect(ipv6Of({})).toBeUndefined();
    expect(ipv6Of({ ipv6Cidr: cidr })).toMatchObject({ routerAdvertisements: "slaac", ranges: [], reserved: false });
    expect(ipv6Of({ ipv6Cidr: "fd00:10::/80" })).toBeUndefined();
    expect(ipv6Of({ ipv6Cidr: cidr, routerAdvertisements: "off" })).toBeUndefined();
  });
  test("is leased from a usual range where nobody wrote one, and from none where that was written", () => {
    const stateful = { ipv6Cidr: cidr, routerAdvertisements: "stateful" } as const;
    expect(ipv6Of(stateful)?.ranges).toEqual([{ first: "fd00:10::1000", last: "fd00:10::ffff" }]);
    expect(ipv6Of({ ...stateful, ranges: [] })?.ranges).toEqual([]);
  });
});

test("leases of both families are read, with the MAC address where the client calls itself by it", () => {
  const text = [
    "1700000000 52:54:00:00:00:10 10.10.10.10 web 01:52:54:00:00:00:10",
    "duid 00:01:00:01:32:94:d1:64:52:54:00:ee:2e:5f",
    "1700000000 10 fd00:10::10 web 00:03:00:01:52:54:00:00:00:10",
    "1700000000 11 fd00:10::11 * 00:01:00:01:32:94:d1:64:52:54:00:00:00:11",
    "0 12 fd00:10::12 * 00:02:00:00:ab:11:00:00:00:00:00:00:00:00",
  ].join("\n");
  const expiresAt = "2023-11-14T22:13:20.000Z";
  expect(parseLeases(text)).toEqual([
    { mac: "52:54:00:00:00:10", address: "10.10.10.10", hostname: "web", expiresAt },
    { mac: "52:54:00:00:00:10", address: "fd00:10::10", hostname: "web", expiresAt },
    { mac: "52:54:00:00:00:11", address: "fd00:10::11", expiresAt },
    { address: "fd00:10::12" },
  ]);
});
