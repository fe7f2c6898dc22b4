/** Programs that must be refused, and what the user reads. */
import * as pulumi from "@pulumi/pulumi";
import * as kvmnet from "pulumi-kvmnet";
import { mocks } from "pulumi-kvmnet/testing";
import { expect, test } from "vitest";

const host = mocks({ hosts: { hv1: {}, hv2: {} } });
await pulumi.runtime.setMocks(host, "lab", "prod");
const cidr = { host: "hv1", ipv4Cidr: "10.10.10.0/24" };

test("what a child does not take is the child's to say, and the pool's is the SubnetPool's", async () => {
  new kvmnet.Fleet("small", { ipv4Pool: "10.40.0.0/24", hosts: ["hv1", "hv2"] });
  new kvmnet.VirtualNetwork("lab", { ...cidr, bridge: { mtuu: 1 } } as never);
  new kvmnet.Bridge("elsewhere", { host: "hv9" });
  const mistakes = await host.mistakes();
  expect(mistakes.filter((one) => /^(SubnetPool|Bridge "(lab|elsewhere)")/.test(one)).sort()).toEqual([
    `Bridge "elsewhere": host: hv9 is none of the mocks' hosts (hv1, hv2).`,
    'Bridge "lab": mtuu: not an argument of Bridge. Did you mean "mtu"?',
    'SubnetPool "small": ipv4Pool: 10.40.0.0/24 has no free /24 for hv2. Use a larger pool, a longer ipv4PrefixLength, or give hv2 an ipv4Cidr of its own.',
  ]);
  await expect(host.resource("DummyIface", "lab-dummy")).rejects.toThrow("mtuu: not an argument");
});

test.each<[object, string]>([
  [{ ...cidr, adresses: [] }, "adresses: not an argument of VirtualNetwork."],
  [{ ...cidr, fowards: {} }, 'fowards: not an argument of VirtualNetwork. Did you mean "forwards"?'],
  [{}, "ipv4Cidr: is required by VirtualNetwork."],
  [{ ipv4Cidr: "10.10.10.1/24" }, "ipv4Cidr: 10.10.10.1/24 has host bits set. Did you mean 10.10.10.0/24?"],
  [{ ipv4Cidr: "10.10.10.0/31" }, "ipv4Cidr: 10.10.10.0/31 has no room for guests. Use a prefix length of 30 or less."],
  [{ ...cidr, ipv6Cidr: "10.10.11.0/24" }, 'ipv6Cidr: "10.10.11.0/24" is not a network such as fd00:10::/64.'],
  [
    { ...cidr, dhcp: false, domain: "lab" },
    "domain: is for the network's dnsmasq, which dhcp: false drops. Leave one of them out.",
  ],
])("%o is refused: %s", (args, says) => {
  expect(() => new kvmnet.VirtualNetwork("lab", args as never)).toThrow(says);
});

test.each<[object, string]>([
  [{ ipv4Pool: "10.40.0.0/16" }, "hosts: is required by Fleet."],
  [{ ipv4Pool: "10.40.0.0/16", host: ["hv1"] }, 'host: not an argument of Fleet. Did you mean "hosts"?'],
  [
    { ipv4Pool: "10.40.0.0/16", hosts: { hv1: { domian: "lab" } } },
    'domian: not an argument of VirtualNetwork. Did you mean "domain"?',
  ],
])("%o is refused: %s", (args, says) => {
  expect(() => new kvmnet.Fleet("lab", args as never)).toThrow(says);
});
