import * as pulumi from "@pulumi/pulumi";
import { beforeAll, beforeEach, expect, test } from "vitest";
import * as kvmnet from "../../../sdk/index.ts";

type Seen = { type: string; name: string; inputs: Record<string, unknown> };
const seen: Seen[] = [];

beforeAll(() =>
  pulumi.runtime.setMocks(
    {
      newResource: (args) => {
        seen.push(args);
        return { id: args.name, state: { name: args.name, ...args.inputs } };
      },
      call: () => ({}),
    },
    "lab",
    "prod",
  ),
);
beforeEach(() => {
  seen.length = 0;
});

/** The inputs with which a resource was registered. */
async function registered(resource: pulumi.CustomResource): Promise<Seen> {
  const urn = await new Promise<string>((resolve) => resource.urn.apply(resolve));
  const found = seen.find(({ name, type }) => urn.endsWith(`${type}::${name}`));
  if (!found) throw new Error(`${urn} was not registered`);
  return found;
}

test("a resource is registered under a short fixed provider string and knows its URN", async () => {
  const { type, inputs } = await registered(new kvmnet.Bridge("br0", { host: "hv1" }));
  expect(type).toBe("pulumi-nodejs:dynamic/kvmnet:Bridge");
  expect(inputs.__provider).toBe('exports.handler=()=>require("pulumi-kvmnet/provider").bridge');
  expect(inputs.self).toBe("urn:pulumi:prod::lab::pulumi-nodejs:dynamic/kvmnet:Bridge::br0");
});

test("a part takes its host from what it belongs to", async () => {
  const bridge = new kvmnet.Bridge("br0", { host: "hv1", addresses: ["10.10.10.1/24"] });
  const { inputs } = await registered(new kvmnet.NatNetwork("br0", { bridge }));
  expect(inputs.host).toBe("hv1");
  expect(inputs.bridge).toBe("br0");
});

test("relatives on one connection agree, in whatever order its fields came back; and so do those on the stack's host", async () => {
  const given = new kvmnet.Bridge("br0", { host: { host: "192.0.2.11", user: "ops", become: "sudo" } });
  const host = { user: "ops", become: "sudo", host: "192.0.2.11" } as const;
  const { inputs } = await registered(new kvmnet.NatNetwork("br0", { host, bridge: given }));
  expect(inputs.host).toMatchObject({ value: { host: "192.0.2.11" } });
  const bridge = new kvmnet.Bridge("br1", { addresses: ["10.10.11.1/24"] });
  const part = await registered(new kvmnet.NatNetwork("br1", { bridge }));
  expect(part.inputs.host ?? undefined).toBeUndefined();
});

test("a NIC is plugged into a libvirt network by its resource, and takes its host from it", async () => {
  const network = new kvmnet.LibvirtNetwork("lan", { host: "hv1", bridge: "br0" });
  const { inputs } = await registered(new kvmnet.VmInterface("web", { domain: "web", libvirtNetwork: network }));
  expect(inputs).toMatchObject({ host: "hv1", libvirtNetwork: "lan" });
  expect(inputs).not.toHaveProperty("bridge");
});

test("a forward follows each of several NICs, and takes addresses as they are beside them", async () => {
  const web = new kvmnet.VmInterface("web1", { host: "hv1", domain: "web1", bridge: "br0", address: "10.10.10.20" });
  const target = [web, "10.10.10.21"];
  const { inputs } = await registered(new kvmnet.PortForward("web", { network: "br0", target, ports: [80] }));
  expect(inputs).toMatchObject({ host: "hv1", target: ["10.10.10.20", "10.10.10.21"] });
});

test("a forward follows the IPv6 address of a NIC that has no other", async () => {
  const args = { host: "hv1", domain: "web6", bridge: "br0", dhcp: "br0", address6: "fd00:10::20" };
  const target = new kvmnet.VmInterface("web6", args);
  const { inputs } = await registered(new kvmnet.PortForward("six", { network: "br0", target, ports: [80] }));
  expect(inputs).toMatchObject({ target: "fd00:10::20" });
});

test("without a host anywhere the provider is left to read the stack's", async () => {
  const { inputs } = await registered(new kvmnet.DummyIface("d0"));
  expect(inputs).not.toHaveProperty("host");
});

test("a connection object is a secret as a whole, a name is not", async () => {
  const connected = new kvmnet.Bridge("br1", { host: { host: "192.0.2.11", password: "x" } });
  const named = new kvmnet.Bridge("br2", { host: "hv1" });
  await registered(connected);
  await registered(named);
  expect(await pulumi.isSecret(connected.host)).toBe(true);
  expect(await pulumi.isSecret(named.host)).toBe(false);
});

test("a secret among the arguments makes the plan one, and is named", async () => {
  const bridge = new kvmnet.DnsmasqInstance("br0", {
    host: "hv1",
    bridge: "br0",
    extraLines: [pulumi.secret("txt-record=a,b")],
  });
  const { inputs } = await registered(bridge);
  expect(inputs.secretArgs).toEqual(["extraLines"]);
  expect(await pulumi.isSecret(bridge.plan)).toBe(true);
});
