import { z } from "zod";
import type { Mistake } from "../model/mistake.ts";
import type { StateOnlyDefinition } from "../model/state-only.ts";
import { ipv4Cidr, ipv6Cidr } from "../model/values/address.ts";
import { lowestFree, overlaps } from "../model/values/prefix.ts";
import { shown } from "../model/values/shown.ts";
import { text } from "../model/values/text.ts";

/** A host as users call it: whatever `ssh` takes is among it. */
const hostName = text((name) =>
  /^[\x21-\x7e]{1,255}$/.test(name)
    ? undefined
    : `${shown(name)} cannot be a host's name. Use letters, digits and signs, without blanks.`,
);
const args = z.strictObject({
  hosts: z.array(hostName).describe("Who has a subnet each; those that are new take theirs in this order."),
  ipv4Pool: ipv4Cidr.describe("The network that subnets are taken from."),
  ipv4PrefixLength: z.number().int().optional().describe("Of the subnets. Default: 24."),
  ipv4Cidrs: z.record(hostName, ipv4Cidr).optional().describe("Subnets that are given, by host."),
  ipv6Pool: ipv6Cidr.optional().describe("The network that IPv6 subnets are taken from. Default: none are."),
  ipv6PrefixLength: z.number().int().optional().describe("Of the IPv6 subnets. Default: 64."),
  ipv6Cidrs: z.record(hostName, ipv6Cidr).optional().describe("IPv6 subnets that are given, by host."),
});
type Args = z.output<typeof args>;

type ByHost = ReadonlyMap<string, string>;
/** The subnets of a fleet, by host. */
type Subnets = Readonly<Record<string, { readonly ipv4Cidr: string; readonly ipv6Cidr?: string }>>;

/** What is asked for in one family. */
interface Asked {
  readonly family: "ipv4" | "ipv6";
  readonly pool: string | undefined;
  readonly length: number;
  /** Longest prefix with room for a gateway and a guest. */
  readonly longest: number;
  readonly given: ByHost;
  readonly had: ByHost;
}

/** Gives each host a subnet that it keeps: nobody is renumbered because others come or go. */
export const subnetPool: StateOnlyDefinition<Args> = {
  type: "SubnetPool",
  args,
  outputs: ["subnets"],
  remember(given, before) {
    const had = (before.subnets ?? {}) as Subnets;
    const [ipv4, ipv6] = [
      allot(given.hosts, {
        ...{ family: "ipv4", pool: given.ipv4Pool, length: given.ipv4PrefixLength ?? 24, longest: 30 },
        given: new Map(Object.entries(given.ipv4Cidrs ?? {})),
        had: subnetsOf(had, "ipv4Cidr"),
      }),
      allot(given.hosts, {
        ...{ family: "ipv6", pool: given.ipv6Pool, length: given.ipv6PrefixLength ?? 64, longest: 126 },
        given: new Map(Object.entries(given.ipv6Cidrs ?? {})),
        had: subnetsOf(had, "ipv6Cidr"),
      }),
    ];
    const mistakes = [...twice(given.hosts), ...ipv4.mistakes, ...ipv6.mistakes];
    if (mistakes.length) return mistakes;
    const both = given.hosts.map((host) => {
      const [v4, v6] = [ipv4.subnets.get(host), ipv6.subnets.get(host)];
      return [host, { ...(v4 !== undefined && { ipv4Cidr: v4 }), ...(v6 !== undefined && { ipv6Cidr: v6 }) }];
    });
    return { subnets: Object.fromEntries(both) };
  },
};

function subnetsOf(subnets: Subnets, family: "ipv4Cidr" | "ipv6Cidr"): ByHost {
  const all = Object.entries(subnets).map(([host, subnet]) => [host, subnet[family]] as const);
  return new Map(all.filter((entry): entry is readonly [string, string] => entry[1] !== undefined));
}

interface Allotted {
  readonly subnets: ByHost;
  readonly mistakes: readonly Mistake[];
}

/** A host's subnet is the one given, else the one that it has, else the lowest that nobody has. */
function allot(hosts: readonly string[], asked: Asked): Allotted {
  const { pool, length, given, had } = asked;
  const subnets = new Map<string, string>();
  for (const host of hosts) {
    const subnet = given.get(host) ?? (pool === undefined ? undefined : had.get(host));
    if (subnet !== undefined) subnets.set(host, subnet);
  }
  const early = [...lengthMistakes(asked), ...strangers(hosts, asked)];
  if (early.length) return { subnets, mistakes: early };
  // What a host has that leaves in this update still stands when the new ones come.
  const left = [...had].filter(([host]) => !hosts.includes(host)).map(([, subnet]) => subnet);
  const free = () => (pool === undefined ? undefined : lowestFree(pool, length, [...subnets.values(), ...left]));
  const mistakes = clashes(subnets, asked, free());
  for (const host of mistakes.length || pool === undefined ? [] : hosts.filter((one) => !subnets.has(one))) {
    const next = free();
    if (next === undefined) return { subnets, mistakes: [exhausted(asked, host, left.length > 0)] };
    subnets.set(host, next);
  }
  return { subnets, mistakes };
}

/** Subnets that are given, and overlap one that another host has or is given. */
function clashes(subnets: ByHost, { family, given }: Asked, free: string | undefined): Mistake[] {
  const all = [...subnets];
  const pairs = all.flatMap((one, index) => all.slice(0, index).map((earlier) => [one, earlier] as const));
  return pairs
    .filter(([[, one], [, earlier]]) => overlaps(one, earlier))
    .map(([one, earlier]) => {
      const [[host, subnet], [other, theirs]] = given.has(one[0]) ? [one, earlier] : [earlier, one];
      const whose = given.has(other) ? `given to ${other}` : `which ${other} has`;
      const text = `${subnet} overlaps ${theirs}, ${whose}. Give ${host} another${free ? ` such as ${free}` : ""}.`;
      return { path: `${family}Cidrs.${host}`, text };
    });
}

function exhausted({ family, pool, length }: Asked, host: string, leaving: boolean): Mistake {
  const later = leaving ? " What leaving hosts have is free in the next update." : "";
  const text = `${pool} has no free /${length} for ${host}. Use a larger pool, a longer ${family}PrefixLength, or give ${host} an ${family}Cidr of its own.${later}`;
  return { path: `${family}Pool`, text };
}

function lengthMistakes({ family, pool, length, longest }: Asked): Mistake[] {
  if (pool === undefined) return [];
  const least = Number(pool.split("/")[1]);
  if (length >= least && length <= longest) return [];
  return least > longest
    ? [{ path: `${family}Pool`, text: `${pool} has no room for a network of guests. Use a larger one.` }]
    : [
        {
          path: `${family}PrefixLength`,
          text: `${length} is no length of subnets of ${pool}; ${least} to ${longest} are.`,
        },
      ];
}

function twice(hosts: readonly string[]): Mistake[] {
  return hosts.flatMap((host, index) =>
    hosts.indexOf(host) < index
      ? [{ path: `hosts[${index}]`, text: `${shown(host)} is in the list already. Write each host once.` }]
      : [],
  );
}

function strangers(hosts: readonly string[], { family, given }: Asked): Mistake[] {
  const unknown = [...given.keys()].filter((host) => !hosts.includes(host));
  return unknown.map((host) => ({
    path: `${family}Cidrs.${host}`,
    text: `${shown(host)} is none of the hosts. Add it there, or leave this out.`,
  }));
}
