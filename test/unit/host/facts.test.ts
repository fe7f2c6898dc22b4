import { expect, test } from "vitest";
import { parseFacts } from "../../../provider/host/facts.ts";

const lines = {
  "machine-id": ["0123456789abcdef0123456789abcdef"],
  system: ["debian 12"],
  init: ["systemd"],
  manager: ["networkd", "networkmanager"],
  ifupdown: ["debian", "sources"],
  profile: ["enp3s0 metric 100", "enp3s0 ipv4 method=auto", "enp3s0 ipv4 dns-search=lab example", "br1 metric -"],
  uplink: ["enp3s0 wired networkd", "wlan0 wireless none"],
  interface: ["lo", "enp3s0", "wlan0"],
  nic: ["enp3s0 wired networkd 00:25:90:00:00:01 -", "enp4s0 wired none 00:25:90:00:00:02 br0"],
  carried: ["enp3s0 192.168.1.11/24 192.168.1.255 dynamic", "enp3s0 2001:db8::11/64 - static"],
  gateway: ["enp3s0 0.0.0.0/0 192.168.1.1 dynamic", "br0 ::/0 fe80::1 static"],
  "accept-ra": ["enp3s0"],
  lease: ["enp3s0 192.168.1.11 ff5ec3f1ab00020000ab11"],
  resolver: ["enp3s0 9.9.9.9"],
  address: ["lo 127.0.0.1/8", "enp3s0 192.168.1.11/24"],
  route: ["enp3s0 192.168.1.0/24", "- 10.99.0.0/16"],
  ssh: ["192.168.1.2 50000 192.168.1.11 22"],
  program: ["nft", "ip"],
  dnsmasq: ["disabled"],
  firewall: ["docker"],
};

test("facts are read from what the host says", () => {
  expect(parseFacts(lines, "hv1")).toEqual({
    machineId: "0123456789abcdef0123456789abcdef",
    links: "networkd",
    managers: ["networkd", "networkmanager"],
    firewall: "nftables",
    ifupdown: ["debian", "sources"],
    profiles: [
      { link: "enp3s0", metric: 100, ipv4: ["method=auto", "dns-search=lab example"], ipv6: [] },
      { link: "br1", ipv4: [], ipv6: [] },
    ],
    uplinks: [
      { name: "enp3s0", wireless: false },
      { name: "wlan0", wireless: true },
    ],
    addresses: [
      { link: "lo", address: "127.0.0.1/8" },
      { link: "enp3s0", address: "192.168.1.11/24" },
    ],
    routes: [
      { link: "enp3s0", prefix: "192.168.1.0/24" },
      { link: "-", prefix: "10.99.0.0/16" },
    ],
    interfaces: ["lo", "enp3s0", "wlan0"],
    nics: [
      { name: "enp3s0", wireless: false, owner: "networkd", mac: "00:25:90:00:00:01" },
      { name: "enp4s0", wireless: false, owner: "none", mac: "00:25:90:00:00:02", master: "br0" },
    ],
    carried: [
      { link: "enp3s0", address: "192.168.1.11/24", broadcast: "192.168.1.255", dynamic: true },
      { link: "enp3s0", address: "2001:db8::11/64", dynamic: false },
    ],
    gateways: [
      { link: "enp3s0", prefix: "0.0.0.0/0", gateway: "192.168.1.1", dynamic: true },
      { link: "br0", prefix: "::/0", gateway: "fe80::1", dynamic: false },
    ],
    acceptRa: ["enp3s0"],
    leases: [{ link: "enp3s0", address: "192.168.1.11", clientId: "ff5ec3f1ab00020000ab11" }],
    resolvers: [{ link: "enp3s0", address: "9.9.9.9" }],
    ssh: { clientAddress: "192.168.1.2", serverAddress: "192.168.1.11", serverPort: 22 },
    programs: ["nft", "ip"],
    systemDnsmasq: false,
  });
});
test("plain units keep links where nobody keeps the uplink, or there is none", () => {
  expect(parseFacts({ ...lines, uplink: ["eth0 wired none"] }, "hv1").links).toBe("systemd");
  expect(parseFacts({ "machine-id": ["name-hv1"] }, "hv1")).toMatchObject({
    links: "systemd",
    uplinks: [],
    programs: [],
  });
});
test("what makes no sense is not believed", () => {
  expect(() => parseFacts({}, "hv1")).toThrow(/^hv1 does not say what must be known of it: machine-id/);
  expect(() => parseFacts({ ...lines, address: ["eth0 $(reboot)"] }, "hv1")).toThrow(/address/);
  expect(() => parseFacts({ ...lines, uplink: ["eth0;reboot wired networkd"] }, "hv1")).toThrow(/uplink/);
});
test("of many lines that make no sense the first is named, and no other looked at", () => {
  const nic = Array.from({ length: 100_000 }, () => "");
  expect(() => parseFacts({ ...lines, nic }, "hv1")).toThrow(/: nic 0 (?!.*nic 1 )/);
});
