import { expect, test } from "vitest";
import { placesOf, silentCautions } from "../../../provider/resources/listener.ts";

const reading = `1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever
2: eth0    inet 192.0.2.11/24 brd 192.0.2.255 scope global dynamic eth0\\       valid_lft 80000sec
2: eth0    inet6 2001:db8::11/64 scope global \\       valid_lft forever
2: eth0    inet6 fe80::11/64 scope link \\       valid_lft forever
3: wlan0    inet 198.51.100.7/24 scope global wlan0\\       valid_lft forever
4: br0    inet 10.10.10.1/24 scope global br0\\       valid_lft forever`;
const target = "10.10.10.10";

test("a forward is dialled at the addresses of its interfaces", () => {
  expect(placesOf({ network: "br0" }, target, reading)).toEqual(["192.0.2.11", "198.51.100.7"]);
  expect(placesOf({ network: "br0", listenInterfaces: ["wlan0"] }, target, reading)).toEqual(["198.51.100.7"]);
  expect(placesOf({ network: "br0", listenInterfaces: ["br0", "eth0"] }, "fd00::10", reading)).toEqual([
    "br0",
    "2001:db8::11",
  ]);
  expect(
    placesOf({ network: "br0", listenInterfaces: ["wlan0"], listenAddresses: ["192.0.2.11"] }, target, reading),
  ).toEqual(["192.0.2.11"]);
});

test("an interface at which nobody can dial it yet is said", () => {
  const given = { network: "br0", listenInterfaces: ["wlan0", "wg0"] };
  const endpoints = placesOf(given, target, reading).map((place) => `tcp ${place}:80 → ${target}:80`);
  expect(silentCautions(given, endpoints, "hv1")).toEqual([
    "wg0 has no address on hv1 of the target's family; nothing comes in by it yet.",
  ]);
  expect(silentCautions({ network: "br0" }, endpoints, "hv1")).toEqual([]);
});
