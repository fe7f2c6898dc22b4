import { z } from "zod";
import type { Facts, LinkBackend } from "../model/facts.ts";
import type { Mistake } from "../model/mistake.ts";
import type { InterfaceAddress } from "../model/nouns/link.ts";
import type { Context, Expectation, Found } from "../model/resource.ts";
import { deriveMac, mac, macPrefix } from "../model/values/mac.ts";
import { mtu } from "../model/values/mtu.ts";
import { interfaceName } from "../model/values/name.ts";
import { broadcastOf, freeNeighbour, isLinkLocal, networkOf, overlaps } from "../model/values/prefix.ts";

/** Arguments of every link that we make. */
export const linkArgs = {
  name: interfaceName.optional().describe("Name of the interface, at most 15 bytes. Default: the resource's name."),
  mac: mac.optional().describe("MAC address. Default: derived from the resource, and stable."),
  macPrefix: macPrefix.optional().describe("First three bytes of a derived MAC address. Default: 52:54:00 (KVM)."),
  mtu: mtu.optional().describe("Bytes. Default: the kernel's."),
  backend: z
    .enum(["networkd", "systemd"])
    .optional()
    .describe("How the link is kept over a reboot. Default: whatever keeps the host's uplink."),
};

/**
 * An address with its broadcast address: for IPv4 the last of the network, unless the user gave another or none. In a /31 that
 * would be the peer's (RFC 3021), and a /32 has nobody to call.
 */
export function interfaceAddresses(
  given: readonly (string | { readonly address: string; readonly broadcast?: string | undefined })[] = [],
): InterfaceAddress[] {
  return given.map((entry) => {
    const { address, broadcast } = typeof entry === "string" ? { address: entry, broadcast: undefined } : entry;
    const none = address.includes(":") || (broadcast === undefined ? /\/3[12]$/.test(address) : broadcast === "none");
    return none ? { address } : { address, broadcast: broadcast ?? broadcastOf(address) };
  });
}

/** What names and addresses a link, once completed. */
export interface NamedLink {
  readonly name: string;
  readonly mac: string;
}

/**
 * Who keeps the link: networkd where it keeps the uplink, else a unit of our own, which gets on with everybody; and which
 * network managers must be told that it is not theirs.
 */
export function linkKeeper(wanted: LinkBackend | undefined, { links, managers }: Facts): Found {
  const backend = wanted ?? (links === "networkd" ? "networkd" : "systemd");
  const others = managers.filter((manager) => manager !== backend);
  return { backend, ...(others.length > 0 && { unmanagedBy: others }) };
}

/** Who keeps a link stays so while it stands: the one before would take away what the new one has just set. */
export function backendMistakes(
  { name, backend }: { name: string; backend?: LinkBackend | undefined },
  { found, hostName }: Context,
): Mistake[] {
  if (backend === undefined || found.backend === undefined || backend === found.backend) return [];
  const text = `"${backend}" cannot take ${name} over, which ${found.backend} keeps on ${hostName}. Leave it out, or destroy the resource first and make it anew.`;
  return [{ path: "backend", text }];
}

/** Name and MAC address that the user left out. */
export function nameLink(
  args: { name?: string | undefined; mac?: string | undefined; macPrefix?: string | undefined },
  context: Context,
): NamedLink {
  return {
    name: args.name ?? context.name,
    mac: args.mac ?? deriveMac(args.macPrefix ?? "52:54:00", context.urn),
  };
}

/** What is wrong with a name that came from the resource's own, which the schema has not seen. */
export function nameMistakes(name: string): Mistake[] {
  const parsed = interfaceName.safeParse(name);
  return parsed.success ? [] : parsed.error.issues.map(({ message }) => ({ path: "name", text: message }));
}

/**
 * Addresses whose network the host already reaches over an uplink: one of the two could not be reached. Other links may
 * be ours and about to be replaced; the host looks at those when the time has come (`no-route`). `own`: links whose
 * routes do not count.
 */
export function routeMistakes(
  own: readonly string[],
  addresses: readonly string[],
  context: Context,
  facts?: Facts,
): Mistake[] {
  const uplinks = facts?.uplinks.map(({ name }) => name) ?? [];
  const routes = facts?.routes.filter((route) => !own.includes(route.link) && uplinks.includes(route.link)) ?? [];
  return addresses.flatMap((address, index) => {
    if (address.includes(":")) return [];
    const network = networkOf(address);
    const route = routes.find(({ prefix }) => overlaps(prefix, network));
    if (!route) return [];
    const taken = routes.map(({ prefix }) => prefix);
    const free = freeNeighbour(network, taken);
    const wayOut = free ? ` Free here: ${free}.` : "";
    const text = `${network} overlaps ${context.hostName}'s route ${route.prefix} on ${route.link}.${wayOut}`;
    return [{ path: `addresses[${index}]`, text }];
  });
}

/** That no other link of the host has a route to a part of these networks: what `routeMistakes` cannot see. */
export function routeExpectations(link: string, addresses: readonly { readonly address: string }[]): Expectation[] {
  return addresses.flatMap(({ address }, index) => {
    if (isLinkLocal(address)) return [];
    const network = networkOf(address);
    const explain: Expectation["explain"] = (found, host) => ({
      path: `addresses[${index}]`,
      text: `${network} overlaps ${host}'s route ${found}. Choose another network.`,
    });
    return [{ expect: ["no-route", network, link], explain }];
  });
}
