import { z } from "zod";
import type { Mistake } from "../model/mistake.ts";
import type { StateOnlyDefinition } from "../model/state-only.ts";
import { ipv4Cidr } from "../model/values/address.ts";
import { lowestFree, overlaps } from "../model/values/prefix.ts";
import { shown } from "../model/values/text.ts";

/** The longest prefix with room for a gateway and a guest. */
const LONGEST = 30;

const args = z.strictObject({
  ipv4Pool: ipv4Cidr.describe("The network that subnets are taken from."),
  ipv4PrefixLength: z.number().int().optional().describe("Of the subnets. Default: 24."),
  hosts: z.array(z.string().min(1)).describe("Who has a subnet each; those that are new take theirs in this order."),
  ipv4Cidrs: z.record(z.string(), ipv4Cidr).optional().describe("Subnets that are given, by host."),
});
type Args = z.output<typeof args>;

/** The subnets of a fleet, by host. */
type Subnets = Record<string, { readonly ipv4Cidr: string }>;

/** Gives each host a subnet that it keeps: nobody is renumbered because others come or go. */
export const subnetPool: StateOnlyDefinition<Args> = {
  type: "SubnetPool",
  args,
  outputs: ["subnets"],
  remember(given, before) {
    const mistakes = [...lengthMistakes(given), ...hostMistakes(given)];
    return mistakes.length ? mistakes : allot(given, (before.subnets ?? {}) as Subnets);
  },
};

/** A host's subnet is the one given, else the one that it has, else the lowest that nobody has. */
function allot(given: Args, had: Subnets): { subnets: Subnets } | Mistake[] {
  const { hosts, ipv4Pool: pool, ipv4PrefixLength: length = 24 } = given;
  const pinned = new Map(Object.entries(given.ipv4Cidrs ?? {}));
  const before = new Map(Object.entries(had).map(([host, subnet]) => [host, subnet.ipv4Cidr]));
  const subnets = new Map<string, string>();
  for (const host of hosts) {
    const subnet = pinned.get(host) ?? before.get(host);
    if (subnet !== undefined) subnets.set(host, subnet);
  }
  // What a host has that leaves in this update still stands when the new ones come.
  const left = [...before].filter(([host]) => !hosts.includes(host)).map(([, subnet]) => subnet);
  const free = () => lowestFree(pool, length, [...subnets.values(), ...left]);
  const clashes = clashesOf(subnets, pinned, free());
  if (clashes.length) return clashes;
  for (const host of hosts.filter((one) => !subnets.has(one))) {
    const next = free();
    if (next === undefined) return [exhausted(given, host, left.length)];
    subnets.set(host, next);
  }
  return { subnets: Object.fromEntries([...subnets].map(([host, subnet]) => [host, { ipv4Cidr: subnet }])) };
}

type ByHost = ReadonlyMap<string, string>;

/** Subnets that are given, and overlap one that another host has or is given. */
function clashesOf(subnets: ByHost, pinned: ByHost, free: string | undefined): Mistake[] {
  const all = [...subnets];
  const pairs = all.flatMap((one, index) => all.slice(0, index).map((earlier) => [one, earlier] as const));
  return pairs
    .filter(([[, one], [, earlier]]) => overlaps(one, earlier))
    .map(([one, earlier]) => {
      const [[host, subnet], [other, theirs]] = pinned.has(one[0]) ? [one, earlier] : [earlier, one];
      const whose = pinned.has(other) ? `given to ${other}` : `which ${other} has`;
      const text = `${subnet} overlaps ${theirs}, ${whose}. Give ${host} another${free ? ` such as ${free}` : ""}.`;
      return { path: `ipv4Cidrs.${host}`, text };
    });
}

function exhausted({ ipv4Pool: pool, ipv4PrefixLength: length = 24 }: Args, host: string, leaving: number): Mistake {
  const later = leaving ? " What leaving hosts have is free in the next update." : "";
  const text = `${pool} has no free /${length} for ${host}. Use a larger pool, a longer ipv4PrefixLength, or give ${host} an ipv4Cidr of its own.${later}`;
  return { path: "ipv4Pool", text };
}

function lengthMistakes({ ipv4Pool: pool, ipv4PrefixLength: length = 24 }: Args): Mistake[] {
  const least = Number(pool.split("/")[1]);
  if (length >= least && length <= LONGEST) return [];
  return least > LONGEST
    ? [{ path: "ipv4Pool", text: `${pool} has no room for a network of guests. Use a larger one.` }]
    : [{ path: "ipv4PrefixLength", text: `${length} is no length of subnets of ${pool}; ${least} to ${LONGEST} are.` }];
}

function hostMistakes({ hosts, ipv4Cidrs: pinned = {} }: Args): Mistake[] {
  const twice = hosts.flatMap((host, index) =>
    hosts.indexOf(host) < index
      ? [{ path: `hosts[${index}]`, text: `${shown(host)} is in the list already. Write each host once.` }]
      : [],
  );
  const strange = Object.keys(pinned).filter((host) => !hosts.includes(host));
  return [
    ...twice,
    ...strange.map((host) => ({
      path: `ipv4Cidrs.${host}`,
      text: `${shown(host)} is none of the hosts. Add it there, or leave this out.`,
    })),
  ];
}
