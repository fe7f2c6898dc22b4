import { z } from "zod";
import type { Mistake } from "../model/mistake.ts";
import type { Context, Expectation, Found } from "../model/resource.ts";
import { ipAddress, routerAddress } from "../model/values/address.ts";
import { interfaceName } from "../model/values/name.ts";
import { addressOf, contains } from "../model/values/prefix.ts";
import type { Addressing } from "./uplink.ts";

/** How the host is addressed on a bridge, beside its static addresses. */
export const addressingArgs = {
  uplink: interfaceName.optional().describe("A wired interface that becomes a port, and whose addressing moves here."),
  dhcp4: z.boolean().optional().describe("Get an IPv4 address by DHCP. Default: as the uplink does, else false."),
  acceptRa: z.boolean().optional().describe("Take part in SLAAC. Default: as the uplink does, else false."),
  gateways: z.array(routerAddress).optional().describe("Of default routes. Default: the uplink's, else none."),
  nameservers: z.array(ipAddress).optional().describe("Resolvers. Default: the uplink's, else none."),
};
const shape = z.object(addressingArgs);
type Args = z.output<typeof shape> & {
  readonly name: string;
  readonly ports?: readonly string[] | undefined;
  readonly addresses?: readonly (string | { readonly address: string })[] | undefined;
};

/** What the user left out of the addressing, as the uplink has it. */
export function moved({ addresses, dhcp4, acceptRa, gateways, nameservers }: Addressing) {
  const copies = { addresses: addresses.map((one) => ({ ...one })), gateways: [...gateways] };
  return { ...copies, dhcp4, acceptRa, nameservers: [...nameservers] };
}

/** Of a bridge's noun, all that has to do with how the host is addressed on it. */
export function addressing(given: Args, found: Found) {
  const uplink = found.uplink as Addressing | undefined;
  const { dhcp4, acceptRa, gateways = [], nameservers } = given;
  const defaults = gateways.map((gateway) => ({ prefix: defaultFor(gateway), gateway }));
  return {
    ports: [...(given.uplink === undefined ? [] : [given.uplink]), ...(given.ports ?? [])],
    ...(given.uplink !== undefined && { uplink: given.uplink }),
    ...(dhcp4 && { dhcp4: uplink?.clientId ? { clientId: uplink.clientId } : {} }),
    ...(acceptRa && { acceptRa }),
    ...(nameservers?.length && { nameservers }),
    ...(uplink?.profile && { profile: uplink.profile }),
    routes: [...defaults, ...(uplink?.routes ?? [])],
  };
}

/** What the link's keeper cannot do of what was asked for. */
export function keeperMistakes(given: Args, context: Context): Mistake[] {
  return (limits[context.found.backend ?? ""] ?? withoutClient)(given, context);
}

const limits: Readonly<Record<string, typeof keeperMistakes>> = {
  networkd: () => [],
  ifupdown: (given, context) => [
    ...asItWas(
      given,
      context,
      `ifupdown addresses the bridge as it did ${given.uplink}; change /etc/network/interfaces instead`,
    ),
    ...(given.name.includes(".")
      ? [{ path: "name", text: `${given.name} is a VLAN to ifupdown. Choose a name without a dot.` }]
      : []),
  ],
  networkmanager: (given, context) =>
    asItWas(
      given,
      context,
      `NetworkManager addresses the bridge as it did ${given.uplink}; change its profile before it moves`,
    ),
};

/** DHCP, router advertisements and resolvers are the work of systemd-networkd; plain units have no client for them. */
function withoutClient(given: Args, { hostName }: Context): Mistake[] {
  const needed = (["dhcp4", "acceptRa", "nameservers"] as const).filter((key) => {
    const value = given[key];
    return Array.isArray(value) ? value.length > 0 : value === true;
  });
  return needed.map((path) => ({
    path,
    text: `needs systemd-networkd, which does not keep the links of ${hostName}. Set addresses and gateways instead.`,
  }));
}

/** Their own words for the uplink are what the bridge gets. */
function asItWas(given: Args, { found }: Context, why: string): Mistake[] {
  const was = moved(found.uplink as Addressing);
  const differing = (Object.keys(was) as (keyof typeof was)[]).filter((key) => plain(given[key]) !== plain(was[key]));
  return differing.map((path) => ({ path, text: `cannot be said here: ${why}, and leave it out.` }));
}

/** Broadcast addresses and order aside. */
function plain(value: unknown): string {
  if (!Array.isArray(value)) return String(value);
  return value
    .map((one: string | { address: string }) => (typeof one === "string" ? one : one.address))
    .sort()
    .join(" ");
}

/** Routers that the host could not reach by the bridge (ip-route(8)). An uplink's own are as they work already. */
export function gatewayMistakes({ uplink, gateways = [], addresses = [], dhcp4 = false }: Args): Mistake[] {
  if (uplink !== undefined) return [];
  const own = addresses.map((one) => (typeof one === "string" ? one : one.address));
  return gateways.flatMap((gateway, index) => {
    const v6 = gateway.includes(":");
    const first = gateways.findIndex((other) => other.includes(":") === v6);
    const reached = v6 || dhcp4 || own.some((one) => contains(one, gateway));
    const text = own.map(addressOf).includes(gateway)
      ? `${gateway} is the host's own address. Name the router's.`
      : first < index
        ? `${gateway} would be a second default route beside gateways[${first}]. Leave one of them out.`
        : reached
          ? undefined
          : `${gateway} is in no network of the bridge's addresses. Give the bridge an address in the router's network.`;
    return text === undefined ? [] : [{ path: `gateways[${index}]`, text }];
  });
}

/** A second default route would take over the first one's traffic, and nothing would give it back. */
export function gatewayExpectations({ name, uplink = "", gateways = [] }: Args): Expectation[] {
  return gateways.map((gateway, index) => ({
    expect: ["route-free", defaultFor(gateway), name, uplink],
    explain: (found, host) => ({
      path: `gateways[${index}]`,
      text: `${host} has a default route already: ${found}. Leave gateways out, or move that interface's addressing here with uplink.`,
    }),
  }));
}

function defaultFor(gateway: string): string {
  return gateway.includes(":") ? "::/0" : "0.0.0.0/0";
}
