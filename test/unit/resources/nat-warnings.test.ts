import { expect, test } from "vitest";
import type { Facts } from "../../../provider/model/facts.ts";
import { dockerWarnings, publicWarnings, uplinkWarnings } from "../../../provider/resources/nat-warnings.ts";

const given = (args: object) => publicWarnings({ bridge: "br0", ...args });

test.each(["10.0.0.0/8", "172.31.255.0/24", "192.168.0.0/16", "100.64.0.0/10", "100.127.1.0/30"])(
  "translated guests may have %s",
  (ipv4Cidr) => expect(given({ ipv4Cidr, ipv6Cidr: "2001:db8::/64" })).toEqual([]),
);

test.each(["172.32.0.0/24", "192.0.0.0/8", "9.9.9.0/24", "100.128.0.0/24"])("%s is somebody else's", (ipv4Cidr) => {
  expect(given({ ipv4Cidr })).toEqual([
    `ipv4Cidr: ${ipv4Cidr} is not private. Guests do not reach those whose addresses these are. Use a network of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16; if it is yours, set mode: "routed".`,
  ]);
  expect(given({ ipv4Cidr, mode: "routed" })).toEqual([]);
});

test("IPv6 that is translated is private, too", () => {
  expect(given({ ipv6Cidr: "fd00:10::/64", nat66: true })).toEqual([]);
  expect(given({ ipv6Cidr: "2001:db8::/64", nat66: true })[0]).toMatch(
    /^ipv6Cidr: 2001:db8::\/64 is not private.* fd00::\/8/,
  );
});

test("an uplink that the host does not have is named, with those that it has", () => {
  const facts = { interfaces: ["lo", "br0", "eth0", "wg0", "vnet0"] } as unknown as Facts;
  const warned = (uplinks: string[] | "any") => uplinkWarnings({ bridge: "br0", uplinks }, facts, "hv1");
  expect(warned("any")).toEqual([]);
  expect(warned(["wg0", "eth0"])).toEqual([]);
  expect(warned(["eth0", "wlan0"])).toEqual([
    "uplinks[1]: hv1 has no interface wlan0. Guests of br0 get out there when it comes. It has eth0, wg0.",
  ]);
});

test("beside Docker a network that forwards says what Docker does not keep from being forwarded any more", () => {
  const warned = (programs: string[], mode?: "nat" | "routed" | "isolated") =>
    dockerWarnings({ bridge: "br0", mode }, { programs } as unknown as Facts, "hv1");
  expect(warned(["nft", "ip"])).toEqual([]);
  expect(warned(["docker"], "isolated")).toEqual([]);
  expect(warned(["docker"], "routed")).toEqual(warned(["docker"]));
  expect(warned(["docker"])).toEqual([expect.stringMatching(/^hv1 has Docker, .* HostFirewall with forward/)]);
});
