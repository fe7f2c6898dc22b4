import { z } from "zod";
import type { Claim } from "../model/claims.ts";
import type { Mistake } from "../model/mistake.ts";
import type { Expectation, ResourceDefinition } from "../model/resource.ts";
import { tableOf } from "../model/table.ts";
import { ipv4Address, ipv4Cidr, ipv4Range } from "../model/values/address.ts";
import { interfaceName, objectName } from "../model/values/name.ts";
import { pending } from "../model/values/pending.ts";
import { type Port, parsePort, port, portCount, writePort } from "../model/values/port.ts";
import { explainTaken } from "./port-taken.ts";
import { targetMistakes } from "./target.ts";

/** Each port is an element of a map, so a forward of many is a preview of many lines. */
const MOST_PORTS = 4096;

const protocol = z.enum(["tcp", "udp", "both"]);
const portMap = z.union([port, z.strictObject({ port, targetPort: port.optional(), protocol: protocol.optional() })]);
const args = z.strictObject({
  name: objectName.optional().describe("Default: the resource's name."),
  network: interfaceName.describe("The network that the target is in, or its bridge."),
  subnet: ipv4Cidr.optional().describe("The network's prefix; comes with a NatNetwork."),
  target: ipv4Address.describe("The guest."),
  ports: z.array(portMap).min(1, { error: "is empty. Name a port to forward." }),
  protocol: protocol.optional().describe("Default: tcp."),
  listenAddresses: z.array(ipv4Address).optional().describe("Addresses of the host. Default: any."),
  sourceRanges: z.array(ipv4Range).optional().describe("Who may use the forward. Default: anybody."),
  reachableFrom: z
    .array(z.enum(["lan", "host", "guests"]))
    .optional()
    .describe("Default: all three."),
  intercept: pending,
  balance: pending,
  healthCheck: pending,
});
type Args = z.output<typeof args> & { readonly name: string };

/** One protocol of one entry of `ports`. */
interface Entry {
  readonly path: string;
  readonly protocol: "tcp" | "udp";
  readonly port: Port;
  readonly targetPort: Port;
}

/** Ports of the host that lead to a guest: elements of the network's maps. */
export const portForward: ResourceDefinition<Args> = {
  type: "PortForward",
  args,
  replaceOn: ["name", "network"],
  id: ({ network, name }) => `${network}/${name}`,
  complete: (given, { name }) => ({ ...given, name: given.name ?? name }),
  mistakes: (given) => [
    ...nameMistakes(given.name),
    ...targetMistakes(given.target, given.network, given.subnet),
    ...listenMistakes(given),
    ...portMistakes(entriesOf(given)),
  ],
  claims: (given) =>
    entriesOf(given).flatMap((entry) => listenersOf(given, "any").map((at) => claimOf(given, entry, at))),
  desired: (given) => [
    {
      noun: "forward",
      name: given.name,
      bridge: given.network,
      target: given.target,
      ports: entriesOf(given).map(({ path: _, ...entry }) => entry),
      listenAddresses: given.listenAddresses ?? [],
      sourceRanges: given.sourceRanges ?? [],
      reachableFrom: given.reachableFrom ?? ["lan", "host", "guests"],
    },
  ],
  expects: (given) => [
    {
      expect: ["ruleset-exists", "inet", tableOf(given.network)],
      explain: (_, host) => ({
        path: "network",
        text: `there is no NatNetwork of bridge ${given.network} on ${host}. Declare one, and pass it here.`,
      }),
    },
    ...entriesOf(given).flatMap((entry) => listenersOf(given, "0.0.0.0").map((at) => freePort(entry, at))),
  ],
  reads: () => [["addresses"]],
  outputs: (given, [addresses = ""]) => ({ endpoints: endpointsOf(given, addresses), via: "nat" }),
};

function entriesOf(given: Args): Entry[] {
  return given.ports.flatMap((map, index) => {
    const { port: from, targetPort = from, protocol: own } = typeof map === "object" ? map : { port: map };
    const wanted = own ?? given.protocol ?? "tcp";
    const protocols = wanted === "both" ? (["tcp", "udp"] as const) : [wanted];
    return protocols.map((each) => ({
      path: `ports[${index}]`,
      protocol: each,
      port: parsePort(from),
      targetPort: parsePort(targetPort),
    }));
  });
}

function listenersOf({ listenAddresses }: Args, any: string): readonly string[] {
  return listenAddresses?.length ? listenAddresses : [any];
}

/** A name that came from the resource's own, which the schema has not seen. */
function nameMistakes(name: string): Mistake[] {
  return (objectName.safeParse(name).error?.issues ?? []).map(({ message }) => ({ path: "name", text: message }));
}

function listenMistakes({ listenAddresses = [] }: Args): Mistake[] {
  return listenAddresses.flatMap((address, index) => {
    const loopback = address.startsWith("127.");
    if (!loopback && address !== "0.0.0.0" && address !== "255.255.255.255") return [];
    const text = loopback
      ? `${address} is the host's loopback, where no packet from outside arrives. Use another address of the host.`
      : `${address} is no address of a host. Leave listenAddresses out for any.`;
    return [{ path: `listenAddresses[${index}]`, text }];
  });
}

function portMistakes(entries: readonly Entry[]): Mistake[] {
  const total = entries.reduce((sum, entry) => sum + portCount(entry.port), 0);
  if (total > MOST_PORTS) {
    const text = `${total} ports are more than the ${MOST_PORTS} that one forward may have. Forward fewer, or route the guest's network.`;
    return [{ path: "ports", text }];
  }
  return entries.flatMap((entry, index) => {
    const { path, port: from, targetPort: to } = entry;
    if (portCount(from) !== portCount(to)) {
      const text = `range ${writePort(from)} has ${portCount(from)} ports, targetPort ${writePort(to)} has ${portCount(to)}. Make them equal, or leave targetPort out.`;
      return [{ path, text }];
    }
    const twin = entries.slice(0, index).find((other) => other.protocol === entry.protocol && meet(other.port, from));
    const text = `${entry.protocol} ${writePort(from)} is in ${twin?.path} already. Write each port once.`;
    return twin ? [{ path, text }] : [];
  });
}

const meet = (a: Port, b: Port) => a.first <= b.last && b.first <= a.last;

function claimOf(given: Args, entry: Entry, at: string): Claim {
  const holder = `${given.target}:${writePort(entry.targetPort)} (PortForward "${given.name}")`;
  return { space: entry.protocol, scope: at, ...entry.port, holder, path: entry.path };
}

function freePort({ path, protocol: space, port: { first, last } }: Entry, at: string): Expectation {
  return {
    expect: ["port-free", space, at, first, last],
    explain: (found, host) => ({ path, text: explainTaken({ protocol: space, first, found, host }) }),
  };
}

/** As people dial them: one line for each address of the host, or for any. */
function endpointsOf(given: Args, reading: string): string[] {
  const listen = given.listenAddresses?.length ? given.listenAddresses : outsideAddresses(reading, given.network);
  const places = listen.length ? listen : ["*"];
  return entriesOf(given).flatMap(({ protocol: space, port: from, targetPort: to }) =>
    places.map((at) => `${space} ${at}:${writePort(from)} → ${given.target}:${writePort(to)}`),
  );
}

/** IPv4 addresses of the host but its loopback's and the network's own bridge's, from `ip -o addr`. */
function outsideAddresses(reading: string, bridge: string): string[] {
  return reading.split("\n").flatMap((line) => {
    const [, link, address] = /^\d+: (\S+)\s+inet (\d+(?:\.\d+){3})\/\d+ .*scope global/.exec(line) ?? [];
    return address && link !== bridge ? [address] : [];
  });
}
