/** What hosts come and go, in whatever order: each has a subnet of its own, and keeps it. */
import fc from "fast-check";
import { expect } from "vitest";
import { stateOnlyProvider } from "../../../provider/lifecycle/state-only.ts";
import { overlaps } from "../../../provider/model/values/prefix.ts";
import { subnetPool } from "../../../provider/resources/subnet-pool.ts";
import { holds } from "./cases.ts";
import { isClear } from "./clear.ts";
import { mutated } from "./values.ts";

const provider = stateOnlyProvider(subnetPool);
const sample = {
  hosts: ["hv1", "hv2"],
  ...{ ipv4Pool: "10.40.0.0/16", ipv4PrefixLength: 24, ipv4Cidrs: { hv2: "10.40.9.0/24" } },
  ...{ ipv6Pool: "fd00:40::/48", ipv6PrefixLength: 64, ipv6Cidrs: { hv1: "fd00:99::/64" } },
};
type Subnets = Record<string, { ipv4Cidr: string; ipv6Cidr?: string }>;

holds("whatever is asked for, the answer is subnets or a clear no", mutated(sample), async (given) => {
  const args = given as Record<string, unknown>;
  const { inputs, failures } = await provider.check({}, args);
  for (const { property, reason } of failures) {
    expect(property).toBe("");
    isClear(reason, [...Object.keys(subnetPool.args.shape), ...Object.keys(args)]);
  }
  if (failures.length) return;
  const again = await provider.check(inputs, args);
  expect(again).toEqual({ inputs, failures: [] });
});

const updates = fc.array(
  fc.record({
    hosts: fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e", "f"), { minLength: 1 }),
    ipv4Pool: fc.constantFrom("10.0.0.0/24", "10.0.0.0/26", "10.9.0.0/28"),
    ipv4PrefixLength: fc.integer({ min: 26, max: 30 }),
  }),
  { maxLength: 8 },
);

holds("through any updates nobody is renumbered and no two overlap", updates, async (all) => {
  let before: Record<string, unknown> = {};
  for (const update of all) {
    const { inputs, failures } = await provider.check(before, update);
    if (failures.length) continue;
    const [had, has] = [(before.subnets ?? {}) as Subnets, inputs.subnets as Subnets];
    expect(Object.keys(has).sort()).toEqual([...update.hosts].sort());
    for (const host of update.hosts) if (had[host]) expect(has[host]).toEqual(had[host]);
    const standing = Object.entries({ ...had, ...has }).map(([, { ipv4Cidr }]) => ipv4Cidr);
    const pairs = standing.flatMap((one, index) => standing.slice(0, index).map((other) => [one, other] as const));
    expect(pairs.filter(([one, other]) => overlaps(one, other))).toEqual([]);
    before = inputs;
  }
});
