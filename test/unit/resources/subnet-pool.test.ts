import { describe, expect, test } from "vitest";
import { stateOnlyProvider } from "../../../provider/lifecycle/state-only.ts";
import { UNKNOWN } from "../../../provider/lifecycle/unknown.ts";
import { subnetPool } from "../../../provider/resources/subnet-pool.ts";

type Given = { hosts: string[]; ipv4Cidrs?: Record<string, string>; ipv4Pool?: string; ipv4PrefixLength?: number };
const provider = stateOnlyProvider(subnetPool);

/** What each host has after one update after the other. */
async function subnetsAfter(...updates: Given[]): Promise<Record<string, string>> {
  let inputs: Record<string, unknown> = {};
  for (const update of updates) {
    const checked = await provider.check(inputs, { ipv4Pool: "10.40.0.0/16", ...update });
    expect(checked.failures).toEqual([]);
    inputs = checked.inputs;
  }
  const subnets = inputs.subnets as Record<string, { ipv4Cidr: string }>;
  return Object.fromEntries(Object.entries(subnets).map(([host, { ipv4Cidr }]) => [host, ipv4Cidr]));
}

async function refused(given: object, before: Given = { hosts: [] }): Promise<string[]> {
  const { inputs } = await provider.check({}, { ipv4Pool: "10.40.0.0/16", ...before });
  const { failures } = await provider.check(inputs, { ipv4Pool: "10.40.0.0/16", ...given });
  expect(failures.map(({ property }) => property)).toEqual(failures.map(() => ""));
  return failures.map(({ reason }) => reason);
}

describe("allotting", () => {
  test("new hosts take the lowest free subnets in the program's order", async () => {
    expect(await subnetsAfter({ hosts: ["hv9", "hv1"] })).toEqual({ hv9: "10.40.0.0/24", hv1: "10.40.1.0/24" });
    expect(await subnetsAfter({ hosts: ["a"], ipv4Pool: "10.40.7.0/24", ipv4PrefixLength: 28 })).toEqual({
      a: "10.40.7.0/28",
    });
  });

  test("nobody is renumbered: not by a host in the middle, not by another order, not by another pool", async () => {
    const two = { hosts: ["hv1", "hv3"] };
    const three = { hv1: "10.40.0.0/24", hv2: "10.40.2.0/24", hv3: "10.40.1.0/24" };
    expect(await subnetsAfter(two, { hosts: ["hv1", "hv2", "hv3"] })).toEqual(three);
    const elsewhere = { hosts: ["hv3", "hv2", "hv1", "hv4"], ipv4Pool: "10.50.0.0/16", ipv4PrefixLength: 26 };
    expect(await subnetsAfter(two, { hosts: ["hv1", "hv2", "hv3"] }, elsewhere)).toEqual({
      ...three,
      hv4: "10.50.0.0/26",
    });
  });

  test("what a host had that leaves is free in the next update, not in this one", async () => {
    const two = { hosts: ["hv1", "hv2"] };
    expect(await subnetsAfter(two, { hosts: ["hv2", "hv3"] })).toEqual({ hv2: "10.40.1.0/24", hv3: "10.40.2.0/24" });
    expect(await subnetsAfter(two, { hosts: ["hv2"] }, { hosts: ["hv2", "hv3"] })).toMatchObject({
      hv3: "10.40.0.0/24",
    });
  });

  test("a subnet that is given goes first, is kept when it is given no more, and is stepped around", async () => {
    const given = { hosts: ["hv1", "hv2", "hv3"], ipv4Cidrs: { hv2: "10.40.0.0/23", hv3: "192.168.7.0/24" } };
    const subnets = { hv1: "10.40.2.0/24", hv2: "10.40.0.0/23", hv3: "192.168.7.0/24" };
    expect(await subnetsAfter(given)).toEqual(subnets);
    expect(await subnetsAfter(given, { hosts: given.hosts })).toEqual(subnets);
    const moved = { hosts: ["hv1"], ipv4Cidrs: { hv1: "10.40.9.0/24" } };
    expect(await subnetsAfter({ hosts: ["hv1"] }, moved)).toEqual({ hv1: "10.40.9.0/24" });
  });

  test("IPv6 subnets are allotted beside, in the same way", async () => {
    const both = { ipv4Pool: "10.40.0.0/16", ipv6Pool: "fd00:40::/48", hosts: ["hv1", "hv3"] };
    const first = await provider.check({}, both);
    const { inputs } = await provider.check(first.inputs, { ...both, hosts: ["hv1", "hv2", "hv3"] });
    expect(inputs.subnets).toEqual({
      hv1: { ipv4Cidr: "10.40.0.0/24", ipv6Cidr: "fd00:40::/64" },
      hv2: { ipv4Cidr: "10.40.2.0/24", ipv6Cidr: "fd00:40:0:2::/64" },
      hv3: { ipv4Cidr: "10.40.1.0/24", ipv6Cidr: "fd00:40:0:1::/64" },
    });
    const { ipv6Pool: _, ...without } = both;
    const none = await provider.check(inputs, without);
    expect(none.inputs.subnets).toEqual({ hv1: { ipv4Cidr: "10.40.0.0/24" }, hv3: { ipv4Cidr: "10.40.1.0/24" } });
  });

  test("names that objects have of their own are names like others", async () => {
    const hosts = ["constructor", "toString"];
    expect(await subnetsAfter({ hosts })).toEqual({ constructor: "10.40.0.0/24", toString: "10.40.1.0/24" });
  });
});

describe("mistakes", () => {
  test("two subnets that are given and overlap are named both", async () => {
    const given = { hosts: ["hv1", "hv2"], ipv4Cidrs: { hv1: "10.40.8.0/23", hv2: "10.40.9.0/24" } };
    expect(await refused(given)).toEqual([
      "ipv4Cidrs.hv2: 10.40.9.0/24 overlaps 10.40.8.0/23, given to hv1. Give hv2 another such as 10.40.0.0/24.",
    ]);
  });

  test("one that another host has already is the mistake of who is given it", async () => {
    const given = { hosts: ["hv0", "hv1"], ipv4Cidrs: { hv0: "10.40.0.0/24" } };
    expect(await refused(given, { hosts: ["hv1"] })).toEqual([
      "ipv4Cidrs.hv0: 10.40.0.0/24 overlaps 10.40.0.0/24, which hv1 has. Give hv0 another such as 10.40.1.0/24.",
    ]);
  });

  test("an exhausted pool names the way out, and whether waiting is one", async () => {
    const full = { ipv4Pool: "10.40.0.0/23", hosts: ["hv1", "hv2"] };
    const wayOut = "Use a larger pool, a longer ipv4PrefixLength, or give hv3 an ipv4Cidr of its own.";
    expect(await refused({ ...full, hosts: [...full.hosts, "hv3"] })).toEqual([
      `ipv4Pool: 10.40.0.0/23 has no free /24 for hv3. ${wayOut}`,
    ]);
    expect(await refused({ ...full, hosts: ["hv1", "hv3"] }, full)).toEqual([
      `ipv4Pool: 10.40.0.0/23 has no free /24 for hv3. ${wayOut} What leaving hosts have is free in the next update.`,
    ]);
  });

  test.each<[object, string]>([
    [{ hosts: ["a", "a"] }, 'hosts[1]: "a" is in the list already. Write each host once.'],
    [
      { hosts: [], ipv4Cidrs: { b: "10.0.0.0/24" } },
      'ipv4Cidrs.b: "b" is none of the hosts. Add it there, or leave this out.',
    ],
    [
      { hosts: ["a"], ipv4PrefixLength: 8 },
      "ipv4PrefixLength: 8 is no length of subnets of 10.40.0.0/16; 16 to 30 are.",
    ],
    [
      { hosts: ["a"], ipv4PrefixLength: 31 },
      "ipv4PrefixLength: 31 is no length of subnets of 10.40.0.0/16; 16 to 30 are.",
    ],
    [
      { hosts: ["a"], ipv4Pool: "10.40.0.0/31", ipv4PrefixLength: 31 },
      "ipv4Pool: 10.40.0.0/31 has no room for a network of guests. Use a larger one.",
    ],
    [
      { hosts: ["a"], ipv4Pool: "10.40.0.1/16" },
      "ipv4Pool: 10.40.0.1/16 has host bits set. Did you mean 10.40.0.0/16?",
    ],
    [{ hosts: ["a"], ipv6Pool: "10.0.0.0/8" }, 'ipv6Pool: "10.0.0.0/8" is not a network such as fd00:10::/64.'],
    [
      { hosts: ["a"], ipv6Pool: "fd00::/64", ipv6PrefixLength: 48 },
      "ipv6PrefixLength: 48 is no length of subnets of fd00::/64; 64 to 126 are.",
    ],
    [{ hosts: ["a"], ipv4Pol: 1 }, 'ipv4Pol: not an argument of SubnetPool. Did you mean "ipv4Pool"?'],
    [{}, "hosts: is required by SubnetPool."],
  ])("%o is refused", async (given, says) => {
    expect(await refused(given)).toEqual([says]);
  });

  test("a secret is in no message", async () => {
    expect((await refused({ hosts: ["a"], ipv4Pool: "hunter2", secretArgs: ["ipv4Pool"] }))[0]).not.toContain(
      "hunter2",
    );
  });
});

test("with something not known yet the subnets are not known; a second check differs in nothing", async () => {
  const { inputs } = await provider.check({}, { ipv4Pool: UNKNOWN, hosts: ["hv1"] });
  expect(inputs.subnets).toBe(UNKNOWN);
  const first = await provider.check({}, { ipv4Pool: "10.40.0.0/16", hosts: ["hv1"] });
  const { outs } = await provider.create(first.inputs);
  const again = await provider.check(first.inputs, { ipv4Pool: "10.40.0.0/16", hosts: ["hv1"] });
  expect(await provider.diff("", outs, again.inputs)).toEqual({ changes: false });
  const more = await provider.check(first.inputs, { ipv4Pool: "10.40.0.0/16", hosts: ["hv1", "hv2"] });
  expect(await provider.diff("", outs, more.inputs)).toEqual({ changes: true });
});
