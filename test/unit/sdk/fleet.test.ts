import * as pulumi from "@pulumi/pulumi";
import * as kvmnet from "pulumi-kvmnet";
import { mocks } from "pulumi-kvmnet/testing";
import { expect, test } from "vitest";

const hosts = { hv1: {}, hv2: { uplink: "eno1", address: "198.51.100.2/24" }, hv3: {} };
const host = mocks({ hosts });
await pulumi.runtime.setMocks(host, "lab", "prod");

const value = <T>(output: pulumi.Output<T>) => new Promise<T>((resolve) => output.apply(resolve));

test("each host has the network and a subnet of its own; overrides replace keys whole, and pin", async () => {
  const { gateway, first } = await import("./programs/fleet.ts");
  expect(await value(gateway)).toBe("10.40.1.1");
  expect(await value(first)).toBe("10.50.0.5");
  expect((await host.resource("SubnetPool", "lab")).inputs.subnets).toEqual({
    hv1: { ipv4Cidr: "10.40.0.0/24" },
    hv2: { ipv4Cidr: "10.40.1.0/24" },
    hv3: { ipv4Cidr: "10.40.200.0/24" },
  });
  expect((await host.resource("Bridge", "lab-hv1")).inputs).toMatchObject({ host: "hv1", name: "lab" });
  expect((await host.resource("NatNetwork", "lab-hv3")).inputs.uplinks).toEqual(["enp5s0"]);
  expect((await host.resource("DnsmasqInstance", "lab-hv2")).inputs.domain).toBe("hv2.lab.internal");
  const forward = await host.resource("PortForward", "lab-hv3-ssh");
  expect(forward.inputs).toMatchObject({ host: "hv3", name: "ssh", target: "10.40.200.10" });
});

test("an override's keys are not merged with the network's", async () => {
  new kvmnet.Fleet("own", {
    ipv4Pool: "10.41.0.0/16",
    network: { name: "virbr7", bridge: { stp: true, mtu: 1400 }, domain: "lab" },
    hosts: { hv1: { bridge: { mtu: 9000 } }, hv2: {} },
  });
  const { inputs } = await host.resource("Bridge", "own-hv1");
  expect([inputs.name, inputs.stp, inputs.mtu]).toEqual(["virbr7", undefined, 9000]);
  expect((await host.resource("DnsmasqInstance", "own-hv1")).inputs.domain).toBe("lab");
  expect((await host.resource("Bridge", "own-hv2")).inputs).toMatchObject({ stp: true, mtu: 1400 });
});

test("IPv6 subnets come from a pool of their own, or are given", async () => {
  new kvmnet.Fleet("six", {
    ipv4Pool: "10.60.0.0/16",
    ipv6Pool: "fd00:60::/48",
    hosts: { hv1: {}, hv2: { ipv6Cidr: "fd00:99::/64" }, hv3: {} },
  });
  new kvmnet.Fleet("some", { ipv4Pool: "10.61.0.0/16", hosts: { hv1: { ipv6Cidr: "fd00:61::/64" }, hv2: {} } });
  const network = async (name: string) => (await host.resource("NatNetwork", name)).inputs.ipv6Cidr;
  expect(await network("six-hv1")).toBe("fd00:60::/64");
  expect(await network("six-hv2")).toBe("fd00:99::/64");
  expect(await network("six-hv3")).toBe("fd00:60:0:1::/64");
  expect(await network("some-hv1")).toBe("fd00:61::/64");
  expect(await network("some-hv2")).toBe(undefined);
});

test.each([
  ["are not there", false],
  ["are not known yet", true],
])("mocks of one's own need not know the pool: its subnets %s", async (_, preview) => {
  const registered: string[] = [];
  const newResource = ({ type, name, inputs }: pulumi.runtime.MockResourceArgs) => {
    registered.push(`${type.replace(/^.*:/, "")} ${name} ${inputs.host ?? ""}`.trim());
    return { id: name, state: inputs };
  };
  await pulumi.runtime.setMocks({ newResource, call: () => ({}) }, "lab", "prod", preview);
  const fleet = new kvmnet.Fleet("bare", {
    ipv4Pool: "10.40.0.0/16",
    hosts: ["hv1"],
    network: (h) => ({ forwards: { ssh: { target: h.address(10), ports: [22] } } }),
  });
  await value(fleet.networks.hv1.forwards.ssh?.id ?? pulumi.output(""));
  await value(fleet.networks.hv1.libvirtNetwork?.id ?? pulumi.output(""));
  await value(fleet.networks.hv1.dhcp?.id ?? pulumi.output(""));
  expect(registered.sort()).toEqual([
    "Bridge bare-hv1 hv1",
    "DnsmasqInstance bare-hv1 hv1",
    "DummyIface bare-hv1-dummy hv1",
    "Fleet bare",
    "LibvirtNetwork bare-hv1 hv1",
    "NatNetwork bare-hv1 hv1",
    "PortForward bare-hv1-ssh hv1",
    "SubnetPool bare",
    "VirtualNetwork bare-hv1",
  ]);
});
