import { createHash } from "node:crypto";
import { FakeHost } from "../../provider/host/fake.ts";
import type { Facts } from "../../provider/model/facts.ts";
import { networkOf } from "../../provider/model/values/prefix.ts";

/** What a program can find out about a host before it changes anything. */
export interface MockHost {
  /** The interface with the default route. Default: `enp3s0`. */
  uplink?: string;
  /** Address of the host there, with prefix length. Default: `192.0.2.11/24`. */
  address?: string;
  /** Whether the uplink is Wi-Fi. Default: false. */
  wireless?: boolean;
  /** Who keeps its links. Default: `networkd`. */
  links?: Facts["links"];
  /** Default: `nftables`. */
  firewall?: Facts["firewall"];
  /** Whether a dnsmasq serves the whole system. Default: false. */
  systemDnsmasq?: boolean;
}

/** A host that answers what it was said to be, and takes whatever it is given. */
export function mockHost(name: string, given: MockHost): FakeHost {
  const { uplink = "enp3s0", address = "192.0.2.11/24", wireless = false, links = "networkd" } = given;
  const machineId = createHash("sha256").update(name).digest("hex").slice(0, 32);
  const facts: Partial<Facts> = {
    machineId,
    links,
    managers: links === "networkd" || links === "networkmanager" ? [links] : [],
    ifupdown: links === "ifupdown" ? ["debian", "sources"] : [],
    profiles:
      links === "networkmanager" ? [{ link: uplink, metric: 100, ipv4: ["method=auto"], ipv6: ["method=auto"] }] : [],
    firewall: given.firewall ?? "nftables",
    uplinks: [{ name: uplink, wireless }],
    addresses: [{ link: uplink, address }],
    routes: [{ link: uplink, prefix: networkOf(address) }],
    nics: [{ name: uplink, wireless, owner: links, mac: "00:25:90:00:00:01" }],
    carried: [{ link: uplink, address, dynamic: false }],
    gateways: [],
    systemDnsmasq: given.systemDnsmasq ?? false,
  };
  return new FakeHost(name, { facts, submit: () => ({ ok: true, hostId: machineId }) });
}
