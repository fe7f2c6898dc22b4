import { expect, test } from "vitest";
import { FakeHost } from "../../../provider/host/fake.ts";
import type { Facts, LinkBackend } from "../../../provider/model/facts.ts";
import { keeperMistakes } from "../../../provider/resources/addressing.ts";
import { addressingOf, keeperOf, uplinkMistakes } from "../../../provider/resources/uplink.ts";

const facts = async (more: Partial<Facts> = {}) => new FakeHost("hv1", { facts: more }).facts();
const context = (backend: LinkBackend, found = {}) => ({
  ...{ name: "", urn: "", hostName: "hv1", found: { backend, ...found } },
});
const nic = { name: "enp3s0", wireless: false, owner: "networkd", mac: "00:25:90:00:00:01" } as const;

test("what was set by hand moves as it is, with the routes that go with it", async () => {
  const found = await facts({
    gateways: [
      { link: "enp3s0", prefix: "0.0.0.0/0", gateway: "192.0.2.1", dynamic: false },
      { link: "enp3s0", prefix: "10.0.0.0/8", gateway: "192.0.2.2", dynamic: false },
      { link: "enp9s0", prefix: "10.9.0.0/16", gateway: "203.0.113.1", dynamic: false },
    ],
    resolvers: [{ link: "enp3s0", address: "9.9.9.9" }],
  });
  expect(addressingOf("enp3s0", found)).toEqual({
    mac: "00:25:90:00:00:01",
    addresses: [{ address: "192.0.2.11/24", broadcast: "192.0.2.255" }],
    dhcp4: false,
    acceptRa: false,
    gateways: ["192.0.2.1"],
    routes: [{ prefix: "10.0.0.0/8", gateway: "192.0.2.2" }],
    nameservers: ["9.9.9.9"],
  });
});

test("a lease moves as DHCP with the same client identifier, an endless one too; SLAAC as router advertisements", async () => {
  const found = await facts({
    carried: [
      { link: "enp3s0", address: "192.0.2.11/24", dynamic: false },
      { link: "enp3s0", address: "2001:db8::11/64", dynamic: true },
    ],
    gateways: [{ link: "enp3s0", prefix: "0.0.0.0/0", gateway: "192.0.2.1", dynamic: true }],
    leases: [{ link: "enp3s0", address: "192.0.2.11", clientId: "ff5ec3f1ab00020000ab11" }],
  });
  expect(addressingOf("enp3s0", found)).toMatchObject({
    ...{ addresses: [], dhcp4: true, clientId: { iaid: 0x5ec3f1ab }, acceptRa: true, gateways: [] },
  });
  const byMac = { ...found, leases: [{ link: "enp3s0", address: "192.0.2.11", clientId: "01002590000001" }] };
  expect(addressingOf("enp3s0", byMac)?.clientId).toBe("mac");
});

test("the addressing of an interface that is a port already is its bridge's", async () => {
  const found = await facts({
    nics: [{ ...nic, master: "br0" }],
    carried: [{ link: "br0", address: "192.0.2.11/24", dynamic: false }],
  });
  expect(addressingOf("enp3s0", found)?.addresses).toEqual([{ address: "192.0.2.11/24" }]);
});

test.each([
  ["Wi-Fi", { ...nic, wireless: true }, /^enp3s0 is Wi-Fi; its access point drops frames/],
  ["NetworkManager's", { ...nic, owner: "networkmanager" as const }, /^NetworkManager keeps enp3s0 on hv1/],
  ["set up by hand", { ...nic, owner: "none" as const }, /^nobody that we know keeps enp3s0 on hv1/],
  ["not there", { ...nic, name: "enp4s0" }, /^there is no network interface enp3s0 on hv1\. It has enp4s0\./],
])("an interface that is %s is refused, and why", async (_, wrong, text) => {
  const [mistake] = uplinkMistakes("enp3s0", await facts({ nics: [wrong] }), context("networkd"));
  expect(mistake?.path).toBe("uplink");
  expect(mistake?.text).toMatch(text);
});

test("what NetworkManager keeps moves in the words of its profile, with the metric that its routes have", async () => {
  const kept = { ...nic, owner: "networkmanager" } as const;
  const ipv6 = ["method=auto", "address1=2001:db8::11/64,2001:db8::1", "route-metric=7"];
  const found = await facts({
    nics: [kept],
    profiles: [{ link: "enp3s0", metric: 100, ipv4: ["method=manual"], ipv6 }],
    // The last one is advertised without an end.
    carried: ["192.0.2.11/24", "2001:db8::11/64", "2001:db8::5054:ff:fe00:1/64"].map((address) => ({
      ...{ link: "enp3s0", address, dynamic: false },
    })),
  });
  expect(addressingOf("enp3s0", found)).toMatchObject({
    addresses: [{ address: "192.0.2.11/24" }, { address: "2001:db8::11/64" }],
    profile: { ipv4: ["method=manual", "route-metric=100"], ipv6 },
  });
  expect(uplinkMistakes("enp3s0", found, context("networkmanager"))).toEqual([]);
  expect(uplinkMistakes("enp3s0", found, context("networkd"))).toMatchObject([{ path: "backend" }]);
  const [mistake] = uplinkMistakes("enp3s0", await facts({ nics: [kept] }), context("networkmanager"));
  expect(mistake?.text).toMatch(/no profile that is a keyfile\. Convert it with "nmcli connection migrate"/);
});

test("what Debian's ifupdown keeps moves, if its interfaces file reads interfaces.d and maps nothing itself", async () => {
  const kept = (ifupdown: Facts["ifupdown"], name = "enp3s0") =>
    facts({ ifupdown, nics: [{ ...nic, name, owner: "ifupdown" }] });
  const says = async (found: Promise<Facts>, name = "enp3s0") =>
    uplinkMistakes(name, await found, context("ifupdown")).map(({ text }) => text);
  expect(keeperOf("enp3s0", await kept([]))).toBe("ifupdown");
  expect(await says(kept(["debian", "sources"]))).toEqual([]);
  expect(await says(kept(["sources"]))).toEqual([expect.stringMatching(/^the ifup of hv1.* is not Debian's/)]);
  expect(await says(kept(["debian"]))).toEqual([expect.stringMatching(/Add the line "source \/etc\/network/)]);
  expect(await says(kept(["debian", "sources", "mappings"]))).toEqual([expect.stringMatching(/has mappings/)]);
  expect(await says(kept(["debian", "sources"], "eth0.5"), "eth0.5")).toEqual([expect.stringMatching(/is a VLAN/)]);
});

test("ifupdown addresses the bridge as it did the interface, and not otherwise", async () => {
  const uplink = addressingOf("enp3s0", await facts({ nics: [{ ...nic, owner: "ifupdown" }] }));
  const wrong = (more: object) => {
    const { gateways = [], addresses = [], ...rest } = { ...uplink };
    const args = {
      name: "br0",
      uplink: "enp3s0",
      ...rest,
      gateways: [...gateways],
      addresses,
      nameservers: [],
      ...more,
    };
    return keeperMistakes(args, context("ifupdown", { uplink })).map(({ path }) => path);
  };
  expect(wrong({})).toEqual([]);
  expect(wrong({ addresses: ["192.0.2.11/24"] })).toEqual([]);
  expect(wrong({ addresses: ["192.0.2.12/24"], dhcp4: true })).toEqual(["addresses", "dhcp4"]);
  expect(wrong({ name: "br0.5" })).toEqual(["name"]);
});

test("plain units do not take an interface away from systemd-networkd", async () => {
  expect(uplinkMistakes("enp3s0", await facts(), context("networkd"))).toEqual([]);
  expect(uplinkMistakes("enp3s0", await facts(), context("systemd"))).toMatchObject([{ path: "backend" }]);
});
