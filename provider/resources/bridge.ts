import { z } from "zod";
import type { Mistake } from "../model/mistake.ts";
import type { Expectation, ResourceDefinition } from "../model/resource.ts";
import { interfaceAddress, ipv4Address } from "../model/values/address.ts";
import { interfaceName } from "../model/values/name.ts";
import { addressOf, contains, networkOf } from "../model/values/prefix.ts";
import {
  addressing,
  addressingArgs,
  gatewayExpectations,
  gatewayMistakes,
  keeperMistakes,
  moved,
} from "./addressing.ts";
import { CONFIRM_SECONDS, confirmTimeoutSeconds } from "./confirm.ts";
import { dhcpServer, serverClaims, serverMistakes, serverOf } from "./dhcp-server.ts";
import {
  backendMistakes,
  interfaceAddresses,
  linkArgs,
  linkKeeper,
  type NamedLink,
  nameLink,
  nameMistakes,
  routeExpectations,
  routeMistakes,
} from "./link-args.ts";
import { subnetClaims, subnetsOf } from "./subnet-claims.ts";
import { type Addressing, addressingOf, keeperOf, uplinkMistakes, wireless } from "./uplink.ts";

const address = z.union([
  interfaceAddress,
  z.strictObject({ address: interfaceAddress, broadcast: z.union([ipv4Address, z.literal("none")]).optional() }),
]);
const args = z.strictObject({
  ...linkArgs,
  ports: z.array(interfaceName).optional().describe("Interfaces that become ports. They must carry no address."),
  addresses: z.array(address).optional().describe("Addresses of the host on the bridge, with prefix length."),
  stp: z.boolean().optional().describe("Spanning tree protocol. Default: false."),
  forwardDelaySeconds: z.number().int().optional().describe("2 to 30. Default: 2 with stp, else 0."),
  multicastSnooping: z.boolean().optional().describe("IGMP and MLD snooping. Default: the kernel's, true."),
  vlanFiltering: z.boolean().optional().describe("Look at VLAN tags (IEEE 802.1Q). Default: the kernel's, false."),
  ...addressingArgs,
  confirmTimeoutSeconds,
  dhcpServer: dhcpServer.optional(),
});
type Args = z.output<typeof args> & NamedLink;

/** A bridge that the host routes for, or that joins given interfaces (ip-link(8), type bridge). */
export const bridge: ResourceDefinition<Args> = {
  type: "Bridge",
  args,
  replaceOn: ["name"],
  findOn: ["uplink"],
  judgeOn: ["addresses", "ports"],
  id: ({ name }) => name,
  find: ({ backend, uplink }, facts) => ({
    ...linkKeeper(backend ?? keeperOf(uplink, facts), facts),
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
    ...(facts && given.uplink !== undefined ? uplinkMistakes(given.uplink, facts, context) : []),
    ...backendMistakes(given, context),
    ...broadcastMistakes(given.addresses),
    ...gatewayMistakes(given),
    ...keeperMistakes(given, context),
    ...serverMistakes(served(given), context),
    ...routeMistakes(
      [given.name, ...(given.uplink === undefined ? [] : [given.uplink])],
      interfaceAddresses(given.addresses).map((entry) => entry.address),
      context,
      facts,
    ),
    ...(given.ports ?? []).flatMap((port, index) => {
      if (facts?.nics.some(({ name, wireless }) => name === port && wireless)) {
        return [{ path: `ports[${index}]`, text: wireless(port) }];
      }
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
      addresses: interfaceAddresses(given.addresses),
      stp: given.stp ?? false,
      forwardDelaySeconds: given.forwardDelaySeconds ?? (given.stp ? 2 : 0),
      ...(given.mtu !== undefined && { mtu: given.mtu }),
      ...(given.multicastSnooping !== undefined && { multicastSnooping: given.multicastSnooping }),
      ...(given.vlanFiltering !== undefined && { vlanFiltering: given.vlanFiltering }),
      ...(given.dhcpServer && { dhcpServer: serverOf(served(given)) }),
    },
  ],
  claims: (given) => [
    ...serverClaims(served(given)),
    // A host may have two wired NICs on one LAN.
    ...(given.uplink === undefined ? subnetClaims(given.name, subnetsOf(interfaceAddresses(given.addresses))) : []),
  ],
  expects: (given) => [
    ...(given.ports ?? []).flatMap(portExpectations),
    // An uplink brings its routes along.
    ...(given.uplink === undefined
      ? routeExpectations(given.name, interfaceAddresses(given.addresses))
      : [portExists("uplink", given.uplink)]),
    ...gatewayExpectations(given),
    ...(given.vlanFiltering === undefined ? [] : [filtersVlans]),
  ],
  confirmSeconds: (given) => given.confirmTimeoutSeconds ?? (given.uplink === undefined ? undefined : CONFIRM_SECONDS),
  derived(given) {
    const all = interfaceAddresses(given.addresses).map((entry) => entry.address);
    const ipv4 = all.find((cidr) => !cidr.includes(":"));
    const ipv6 = all.find((cidr) => cidr.includes(":"));
    return {
      ...(ipv4 && { ipv4Cidr: networkOf(ipv4), gateway: addressOf(ipv4) }),
      ...(ipv6 && { ipv6Cidr: networkOf(ipv6) }),
      // Always there, so that what hangs on the bridge is planned at preview whatever families it has.
      hostAddresses: all,
    };
  },
  reads: () => [],
  outputs: () => ({}),
};

function served(given: Args) {
  return { ...given, addresses: interfaceAddresses(given.addresses).map(({ address }) => address) };
}

/** A broadcast address of another network would be nobody's, and IPv6 has none (RFC 4291, section 2). */
function broadcastMistakes(addresses: Args["addresses"] = []): Mistake[] {
  return addresses.flatMap((entry, index) => {
    if (typeof entry === "string" || entry.broadcast === undefined || entry.broadcast === "none") return [];
    const { address: cidr, broadcast } = entry;
    if (contains(cidr, broadcast)) return [];
    const text = cidr.includes(":")
      ? `${broadcast} is for IPv4; IPv6 has no broadcast. Leave it out.`
      : `${broadcast} is outside ${networkOf(cidr)}. Use its last address, or leave it out.`;
    return [{ path: `addresses[${index}].broadcast`, text }];
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

const filtersVlans: Expectation = {
  expect: ["vlan-filtering"],
  explain: (_, host) => ({
    path: "vlanFiltering",
    text: `the kernel of ${host} has no bridges that filter VLANs (CONFIG_BRIDGE_VLAN_FILTERING). Leave it out.`,
  }),
};

function portCarries(port: string, index: number, carried: string, host: string): Mistake {
  return {
    path: `ports[${index}]`,
    text: `${port} carries ${host}'s address ${carried}. Write uplink: "${port}" and its addressing moves to the bridge.`,
  };
}
