import { expect, test } from "vitest";
import { parseFacts } from "../../../provider/host/facts.ts";

const lines = {
  "machine-id": ["0123456789abcdef0123456789abcdef"],
  system: ["debian 12"],
  init: ["systemd"],
  uplink: ["enp3s0 wired networkd", "wlan0 wireless none"],
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
    firewall: "nftables",
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
