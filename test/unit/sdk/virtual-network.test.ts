import * as pulumi from "@pulumi/pulumi";
import * as kvmnet from "pulumi-kvmnet";
import { mocks } from "pulumi-kvmnet/testing";
import { expect, test } from "vitest";

const hosts = { hv1: {}, hv2: { uplink: "eno1", address: "198.51.100.2/24" }, hv3: {} };
const host = mocks({ hosts });
await pulumi.runtime.setMocks(host, "lab", "prod");

const value = <T>(output: pulumi.Output<T>) => new Promise<T>((resolve) => output.apply(resolve));
const cidr = { host: "hv1", ipv4Cidr: "10.10.10.0/24" };

test("one declaration makes anchor, bridge, NAT, dnsmasq and forwards, named after it", async () => {
  const { gateway } = await import("./programs/virtual-network.ts").then(
    () => new kvmnet.VirtualNetwork("other", { ...cidr, host: "hv2" }),
  );
  expect(await value(gateway)).toBe("10.10.10.1");
  const plan = async (type: string, name: string) => Object.keys((await host.resource(type, name)).plan);
  expect(await plan("DummyIface", "virbr10-dummy")).toContain("link virbr10-dummy");
  expect(await plan("NatNetwork", "virbr10")).toContain("ruleset inet kvmnet_virbr10");
  expect(await plan("PortForward", "virbr10-web")).toEqual(["elements inet kvmnet_virbr10 web"]);
  const bridge = await host.resource("Bridge", "virbr10");
  expect(bridge.inputs).toMatchObject({ name: "virbr10", ports: ["virbr10-dummy"], addresses: ["192.168.100.1/24"] });
  expect((await host.resource("LibvirtNetwork", "virbr10")).inputs).toMatchObject({
    name: "virbr10",
    bridge: "virbr10",
  });
  const { inputs } = await host.resource("DnsmasqInstance", "virbr10");
  expect(inputs).toMatchObject({ gateway: "192.168.100.1", reservations: [{ address: "192.168.100.10" }] });
});

test("the host and adopt reach all children; the name of the resource may be longer than the bridge's", async () => {
  const net = new kvmnet.VirtualNetwork("production-network", {
    host: "hv2",
    ipv4Cidr: "10.10.12.0/24",
    name: "virbr-prod",
    adopt: true,
  });
  expect((await host.resource("DummyIface", "production-network-dummy")).inputs).toMatchObject({
    host: "hv2",
    adopt: true,
    name: expect.stringMatching(/^virb-[0-9a-f]{4}-dummy$/),
  });
  for (const type of ["Bridge", "NatNetwork", "DnsmasqInstance"]) {
    expect((await host.resource(type, "production-network")).inputs).toMatchObject({ host: "hv2", adopt: true });
  }
  expect(await value(net.bridge.name)).toBe("virbr-prod");
});

test("overrides of children go before defaults, and lists of the bridge's are added to", async () => {
  new kvmnet.VirtualNetwork("own", {
    ...cidr,
    uplinks: ["enp3s0"],
    anchor: { mac: "52:54:00:00:00:01" },
    bridge: { stp: true, ports: ["eth1"], addresses: ["fd00::1/64"] },
    nat: { guestToGuest: "deny" },
    dhcp: { ranges: ["10.10.10.100-10.10.10.150"] },
    libvirtNetwork: { autostart: false },
  });
  expect((await host.resource("DummyIface", "own-dummy")).inputs.mac).toBe("52:54:00:00:00:01");
  expect((await host.resource("Bridge", "own")).inputs).toMatchObject({
    stp: true,
    ports: ["own-dummy", "eth1"],
    addresses: ["10.10.10.1/24", "fd00::1/64"],
  });
  expect((await host.resource("NatNetwork", "own")).inputs).toMatchObject({
    uplinks: ["enp3s0"],
    guestToGuest: "deny",
  });
  expect((await host.resource("DnsmasqInstance", "own")).inputs.ranges).toEqual(["10.10.10.100-10.10.10.150"]);
});

test("with an IPv6 network the bridge has its first host, too", async () => {
  const ipv6Cidr = pulumi.output(Promise.resolve("fd00:10::/64"));
  new kvmnet.VirtualNetwork("six", { ...cidr, ipv4Cidr: "10.10.16.0/24", ipv6Cidr, mode: "routed" });
  expect((await host.resource("Bridge", "six")).inputs.addresses).toEqual(["10.10.16.1/24", "fd00:10::1/64"]);
  expect((await host.resource("NatNetwork", "six")).inputs).toMatchObject({ mode: "routed", ipv6Cidr: "fd00:10::/64" });
});

test("anchor, dhcp and libvirtNetwork are dropped by false", async () => {
  const net = new kvmnet.VirtualNetwork("less", {
    ...cidr,
    ipv4Cidr: "10.10.13.0/24",
    anchor: false,
    dhcp: false,
    libvirtNetwork: false,
  });
  expect([net.anchor, net.dhcp, net.libvirtNetwork]).toEqual([undefined, undefined, undefined]);
  expect((await host.resource("Bridge", "less")).inputs).toMatchObject({ host: "hv1", ports: [] });
  await expect(host.resource("DnsmasqInstance", "less")).rejects.toThrow('has no DnsmasqInstance "less". It has: ');
});

test("addresses are the n-th hosts, from 1 to the last", async () => {
  const net = new kvmnet.VirtualNetwork("late", {
    host: "hv1",
    ipv4Cidr: pulumi.output(Promise.resolve("10.10.14.0/24")),
  });
  expect(await Promise.all([1, 20, 254].map((n) => value(net.address(n))))).toEqual([
    "10.10.14.1",
    "10.10.14.20",
    "10.10.14.254",
  ]);
  for (const n of [0, 255, 1.5]) {
    const refused = await value(pulumi.recover(net.address(n), (error) => String(error)));
    expect(refused).toContain(`address(${n}): the hosts of 10.10.14.0/24 are 1 to 254.`);
  }
});

test("a NIC in a network is plugged into its bridge, and its address reserved there", async () => {
  const net = new kvmnet.VirtualNetwork("lab", { ...cidr, ipv4Cidr: "10.10.15.0/24" });
  const bare = new kvmnet.VirtualNetwork("bare", { ...cidr, ipv4Cidr: "10.10.11.0/24", dhcp: false });
  new kvmnet.VmInterface("web", { domain: "web", network: net, address: net.address(20) });
  new kvmnet.VmInterface("db", { domain: "db", network: bare, dhcp: "lab", address: net.address(21) });
  new kvmnet.VmInterface("named", { host: "hv1", domain: "named", network: "lab" });
  new kvmnet.VmInterface("nat", { domain: "nat", network: net.nat });
  const nic = async (name: string) => (await host.resource("VmInterface", name)).inputs;
  expect(await nic("web")).toMatchObject({ host: "hv1", bridge: "lab", dhcp: "lab", address: "10.10.15.20" });
  expect(await nic("db")).toMatchObject({ bridge: "bare", dhcp: "lab" });
  expect(await nic("named")).toMatchObject({ bridge: "lab" });
  expect(await nic("nat")).toMatchObject({ host: "hv1", bridge: "lab" });
  const both = { domain: "web", network: net, bridge: "br0" } as never;
  expect(() => new kvmnet.VmInterface("both", both)).toThrow('network: VmInterface "both" has a bridge, too.');
});
