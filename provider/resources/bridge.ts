import { z } from "zod";
import type { Mistake } from "../model/mistake.ts";
import type { InterfaceAddress } from "../model/nouns.ts";
import type { Context, Expectation, Found, ResourceDefinition } from "../model/resource.ts";
import { interfaceAddress, ipAddress, ipv4Address } from "../model/values/address.ts";
import { interfaceName } from "../model/values/name.ts";
import { pending } from "../model/values/pending.ts";
import { addressOf, broadcastOf, networkOf } from "../model/values/prefix.ts";
import { CONFIRM_SECONDS, confirmTimeoutSeconds } from "./confirm.ts";
import { linkArgs, linkBackend, type NamedLink, nameLink, nameMistakes, routeMistakes } from "./link-args.ts";
import { type Addressing, addressingOf, uplinkMistakes } from "./uplink.ts";

const address = z.union([
  interfaceAddress,
  z.strictObject({ address: interfaceAddress, broadcast: ipv4Address.optional() }),
]);
const args = z.strictObject({
  ...linkArgs,
  ports: z.array(interfaceName).optional().describe("Interfaces that become ports. They must carry no address."),
  addresses: z.array(address).optional().describe("Addresses of the host on the bridge, with prefix length."),
  stp: z.boolean().optional().describe("Spanning tree protocol. Default: false."),
  forwardDelaySeconds: z.number().int().optional().describe("2 to 30. Default: 2 with stp, else 0."),
  multicastSnooping: z.boolean().optional().describe("IGMP and MLD snooping. Default: the kernel's, true."),
  uplink: interfaceName.optional().describe("A wired interface that becomes a port, and whose addressing moves here."),
  dhcp4: z.boolean().optional().describe("Get an IPv4 address by DHCP. Default: as the uplink does, else false."),
  acceptRa: z.boolean().optional().describe("Take part in SLAAC. Default: as the uplink does, else false."),
  gateways: z.array(ipAddress).optional().describe("Of default routes. Default: the uplink's, else none."),
  nameservers: z.array(ipAddress).optional().describe("Resolvers. Default: the uplink's, else none."),
  confirmTimeoutSeconds,
  vlanFiltering: pending,
  dhcpServer: pending,
});
type Args = z.output<typeof args> & NamedLink;

/** A bridge that the host routes for, or that joins given interfaces (ip-link(8), type bridge). */
export const bridge: ResourceDefinition<Args> = {
  type: "Bridge",
  args,
  replaceOn: ["name"],
  findOn: ["uplink"],
  id: ({ name }) => name,
  find: ({ backend, uplink }, facts) => ({
    backend: linkBackend(backend, facts),
    ...(uplink !== undefined && { uplink: addressingOf(uplink, facts) }),
  }),
  complete(given, context) {
    const uplink = context.found.uplink as Addressing | undefined;
    const named = nameLink({ ...given, mac: given.mac ?? uplink?.mac }, context);
    return uplink && given.uplink !== undefined ? { ...moved(uplink), ...given, ...named } : { ...given, ...named };
  },
  mistakes: (given, context, facts) => [
    ...nameMistakes(given.name),
    ...delayMistakes(given),
    ...(facts && given.uplink !== undefined ? uplinkMistakes(given.uplink, facts, context.hostName) : []),
    ...keeperMistakes(given, context),
    ...routeMistakes(
      [given.name, ...(given.uplink === undefined ? [] : [given.uplink])],
      addressesOf(given).map((entry) => entry.address),
      context,
      facts,
    ),
    ...(given.ports ?? []).flatMap((port, index) => {
      const carried = facts?.addresses.find(({ link }) => link === port);
      return carried ? [portCarries(port, index, addressOf(carried.address), context.hostName)] : [];
    }),
  ],
  desired: (given, found) => [
    {
      noun: "link",
      type: "bridge",
      name: given.name,
      mac: given.mac,
      ...addressing(given, found),
      addresses: addressesOf(given),
      stp: given.stp ?? false,
      forwardDelaySeconds: given.forwardDelaySeconds ?? (given.stp ? 2 : 0),
      ...(given.mtu !== undefined && { mtu: given.mtu }),
      ...(given.multicastSnooping !== undefined && { multicastSnooping: given.multicastSnooping }),
    },
  ],
  expects: (given) => [
    ...(given.ports ?? []).flatMap(portExpectations),
    // An uplink brings its routes along.
    ...(given.uplink === undefined
      ? addressesOf(given).flatMap(({ address }, index) => routeExpectation(given.name, address, index))
      : [portExists("uplink", given.uplink)]),
    ...(given.gateways ?? []).map((gateway, index) => gatewayExpectation(given, gateway, index)),
  ],
  confirmSeconds: (given) => given.confirmTimeoutSeconds ?? (given.uplink === undefined ? undefined : CONFIRM_SECONDS),
  derived(given) {
    const all = addressesOf(given).map((entry) => entry.address);
    const ipv4 = all.find((cidr) => !cidr.includes(":"));
    const ipv6 = all.find((cidr) => cidr.includes(":"));
    return {
      ...(ipv4 && { ipv4Cidr: networkOf(ipv4), gateway: addressOf(ipv4) }),
      ...(ipv6 && { ipv6Cidr: ipv6 }),
    };
  },
  reads: () => [],
  outputs: () => ({}),
};

/** Addresses with their broadcast address: for IPv4 the last of the network, unless the user gave another. */
function addressesOf({ addresses = [] }: Args): InterfaceAddress[] {
  return addresses.map((entry) => {
    const { address, broadcast } = typeof entry === "string" ? { address: entry, broadcast: undefined } : entry;
    return address.includes(":") ? { address } : { address, broadcast: broadcast ?? broadcastOf(address) };
  });
}

/** The kernel takes 2 to 30 s when it runs the protocol (br_stp_set_forward_delay), 0 only when it does not. */
function delayMistakes({ stp = false, forwardDelaySeconds: delay }: Args): Mistake[] {
  const least = stp ? 2 : 0;
  if (delay === undefined || (delay >= least && delay <= 30)) return [];
  const fault = delay > 30 ? "high" : "low";
  const text = `${delay} is too ${fault} with${stp ? "" : "out"} stp; the kernel allows ${least} to 30.`;
  return [{ path: "forwardDelaySeconds", text }];
}

/** What the user left out of the addressing, as the uplink has it. */
function moved({ addresses, dhcp4, acceptRa, gateways, nameservers }: Addressing) {
  const copies = { addresses: addresses.map((one) => ({ ...one })), gateways: [...gateways] };
  return { ...copies, dhcp4, acceptRa, nameservers: [...nameservers] };
}

function addressing(given: Args, found: Found) {
  const uplink = found.uplink as Addressing | undefined;
  const { dhcp4, acceptRa, gateways = [], nameservers } = given;
  const defaults = gateways.map((gateway) => ({ prefix: defaultFor(gateway), gateway }));
  return {
    ports: [...(given.uplink === undefined ? [] : [given.uplink]), ...(given.ports ?? [])],
    ...(given.uplink !== undefined && { uplink: given.uplink }),
    ...(dhcp4 && { dhcp4: uplink?.clientId ? { clientId: uplink.clientId } : {} }),
    ...(acceptRa && { acceptRa }),
    ...(nameservers?.length && { nameservers }),
    routes: [...defaults, ...(uplink?.routes ?? [])],
  };
}

/** DHCP, router advertisements and resolvers are the work of systemd-networkd; plain units have no client for them. */
function keeperMistakes(given: Args, { found, hostName }: Context): Mistake[] {
  if (found.backend === "networkd") return [];
  const needed = (["dhcp4", "acceptRa", "nameservers"] as const).filter((key) => {
    const value = given[key];
    return Array.isArray(value) ? value.length > 0 : value === true;
  });
  return needed.map((path) => ({
    path,
    text: `needs systemd-networkd, which does not keep the links of ${hostName}. Set addresses and gateways instead.`,
  }));
}

/** A second default route would take over the first one's traffic, and nothing would give it back. */
function gatewayExpectation({ name, uplink = "" }: Args, gateway: string, index: number): Expectation {
  return {
    expect: ["route-free", defaultFor(gateway), name, uplink],
    explain: (found, host) => ({
      path: `gateways[${index}]`,
      text: `${host} has a default route already: ${found}. Leave gateways out, or move that interface's addressing here with uplink.`,
    }),
  };
}

function defaultFor(gateway: string): string {
  return gateway.includes(":") ? "::/0" : "0.0.0.0/0";
}

function portExists(path: string, port: string): Expectation {
  return {
    expect: ["link-exists", port],
    explain: (_, host) => ({ path, text: `there is no interface ${port} on ${host}. Make it first, or leave it out.` }),
  };
}

function portExpectations(port: string, index: number): Expectation[] {
  return [
    portExists(`ports[${index}]`, port),
    {
      expect: ["link-bare", port],
      explain: (found, host) => portCarries(port, index, addressOf(found), host),
    },
  ];
}

function routeExpectation(link: string, cidr: string, index: number): Expectation[] {
  if (cidr.includes(":")) return [];
  const network = networkOf(cidr);
  const explain: Expectation["explain"] = (found, host) => ({
    path: `addresses[${index}]`,
    text: `${network} overlaps ${host}'s route ${found}. Choose another network.`,
  });
  return [{ expect: ["no-route", network, link], explain }];
}

function portCarries(port: string, index: number, carried: string, host: string): Mistake {
  return {
    path: `ports[${index}]`,
    text: `${port} carries ${host}'s address ${carried}. Write uplink: "${port}" and its addressing moves to the bridge.`,
  };
}
