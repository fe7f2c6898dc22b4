import { createHash } from "node:crypto";
import type { Claim } from "../model/claims.ts";
import type { Mistake } from "../model/mistake.ts";
import type { Intercept } from "../model/nouns/forward.ts";
import type { Expectation } from "../model/resource.ts";
import { portCount, writePort } from "../model/values/port.ts";
import { contains } from "../model/values/prefix.ts";
import { entriesOf, type Written } from "./forwarded-ports.ts";
import { familyOf, isLoopback, mixedMistakes, NOWHERE } from "./target.ts";

/** What a PortForward with `intercept` says. */
export interface Intercepted extends Written {
  readonly name: string;
  readonly network: string;
  readonly target: string;
  readonly gateways?: readonly string[] | undefined;
  readonly isolated?: boolean | undefined;
  readonly intercept: readonly string[] | "any";
}

/** Each is a unit of its own. */
const MOST_RELAYS = 16;
/** Above the ports that Linux gives to clients (ip_local_port_range, 32768 to 60999). */
const FIRST_RELAY = 61_000;
const DNS = 53;

/** Each port of the host's loopback that is led to, by `PROTOCOL PORT`; none when packets are led to a place by themselves. */
function relayed(given: Intercepted) {
  if (!isLoopback(given.target)) return new Map<string, never>();
  const entries = entriesOf(given).filter((entry) => portCount(entry.port) === 1);
  return new Map(
    entries.map(({ protocol, targetPort: { first: targetPort } }) => [
      `${protocol} ${targetPort}`,
      { protocol, targetPort },
    ]),
  );
}

/** A relay for each of them, unless they are too many. */
function relaysOf(given: Intercepted) {
  const { name, network } = given;
  const all = relayed(given);
  if (all.size > MOST_RELAYS) return [];
  const taken = new Set<number>();
  // Whatever else is led to, and in which order: one that is listened on still would be no port for another.
  return [...all]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, led]) => ({ ...led, port: relayPort(`${network}/${name}/${key}`, taken) }));
}

/** The port that follows from a relay's words, or the next that is not taken. */
function relayPort(words: string, taken: Set<number>): number {
  const count = 65_536 - FIRST_RELAY;
  let place = createHash("sha256").update(words).digest().readUInt32BE() % count;
  while (taken.has(place)) place = (place + 1) % count;
  taken.add(place);
  return FIRST_RELAY + place;
}

/** The host's address, with prefix length, at which guests find the relays. */
function relayAddress({ target, gateways = [] }: Intercepted): string | undefined {
  return gateways.find((gateway) => familyOf(gateway) === familyOf(target));
}

/** As the noun that backends know. */
export function interceptOf(given: Intercepted): Intercept {
  const address = relayAddress(given);
  return {
    noun: "intercept",
    name: given.name,
    bridge: given.network,
    addresses: given.intercept,
    target: given.target,
    ports: entriesOf(given).map(({ path: _, ...entry }) => entry),
    ...(address !== undefined && isLoopback(given.target) && { relays: { address, listeners: relaysOf(given) } }),
  };
}

/** What is wrong with an intercept, as far as it can be told without the host. */
export function interceptMistakes(given: Intercepted): Mistake[] {
  const { target } = given;
  const intercept = given.intercept === "any" ? [] : given.intercept;
  return [
    ...mixedMistakes("intercept", intercept, target),
    ...intercept.flatMap((address, index) => {
      const text = undialled(address);
      return text ? [{ path: `intercept[${index}]`, text }] : [];
    }),
    ...(isLoopback(target) ? relayMistakes(given) : placeMistakes(given)),
  ];
}

function undialled(address: string): string | undefined {
  if (![...NOWHERE, "127.0.0.0/8", "::1/128"].some((range) => contains(range, address))) return undefined;
  return `${address} is no address that guests dial beyond themselves. Name one such as 8.8.8.8.`;
}

function placeMistakes({ target, network, isolated, gateways }: Intercepted): Mistake[] {
  if (NOWHERE.some((range) => contains(range, target))) {
    return [{ path: "target", text: `${target} is no address to lead guests to. Use that of a server.` }];
  }
  if (gateways?.length && !gateways.some((gateway) => familyOf(gateway) === familyOf(target))) {
    const text = `"${network}" has no ${familyOf(target)}, so its guests dial no such address. Leave the intercept out, or give the network a prefix.`;
    return [{ path: "network", text }];
  }
  if (!isolated) return [];
  const text = `network "${network}" is isolated, and lets nothing out. Set its mode, or lead to the host's loopback.`;
  return [{ path: "network", text }];
}

function relayMistakes(given: Intercepted): Mistake[] {
  const { target, network } = given;
  if (relayAddress(given) === undefined) {
    const text = `"${network}" has no ${familyOf(target)} address that is known here, for a relay to listen on. Pass the NatNetwork itself.`;
    return [{ path: "network", text }];
  }
  const entries = entriesOf(given);
  const ranges = entries.filter(({ port }) => portCount(port) > 1);
  if (ranges.length || relayed(given).size > MOST_RELAYS) {
    const text = `to loopback goes by a relay for each port, ${MOST_RELAYS} at most and no ranges. Name the ports, or lead to a guest.`;
    return [{ path: "ports", text }];
  }
  return entries
    .filter(({ protocol, port }) => protocol === "udp" && port.first !== DNS)
    .map(({ path, port }) => ({
      path,
      text: `udp ${writePort(port)} cannot be relayed to loopback, as udp 53 (DNS) and tcp can. Have the program listen on ${relayAddress(given)?.split("/")[0]}, and make that the target.`,
    }));
}

/** What guests dial, as claims name it. */
function wordsOf({ intercept, target }: Intercepted): readonly string[] {
  return intercept === "any" ? [`any ${familyOf(target)} address`] : intercept;
}

/** What no other intercept of the same network may lead elsewhere, and relays' ports. */
export function interceptClaims(given: Intercepted): Claim[] {
  const holder = (port: string) => `${given.target}:${port} (PortForward "${given.name}")`;
  const dialled = entriesOf(given).flatMap((entry) =>
    wordsOf(given).map((address) => ({
      ...{ space: `${entry.protocol} from guests of ${given.network} to ${address}, port`, scope: "0.0.0.0" },
      ...{ ...entry.port, holder: holder(writePort(entry.targetPort)), path: entry.path },
      wayOut: "Intercept it once.",
    })),
  );
  const listening = relaysOf(given).map(({ port, targetPort }) => ({
    ...{ space: `the relays' port of ${given.network}`, scope: "0.0.0.0", first: port, last: port },
    ...{ holder: holder(String(targetPort)), path: "name", wayOut: "Choose another name: the port follows from it." },
  }));
  return [...dialled, ...listening];
}

/** What the host must have for the relays. */
export function relayExpectations(given: Intercepted): Expectation[] {
  const relays = relaysOf(given);
  const needed: [protocol: "tcp" | "udp", program: string, name: string, debian: string][] = [
    ["tcp", "/lib/systemd/systemd-socket-proxyd", "systemd-socket-proxyd", "systemd"],
    ["udp", "dnsmasq", "dnsmasq", "dnsmasq-base"],
  ];
  return needed
    .filter(([protocol]) => relays.some((relay) => relay.protocol === protocol))
    .map(([, program, name, debian]) => ({
      expect: ["program", program, debian],
      explain: (_, host) => ({
        path: "target",
        text: `${name}, which relays to loopback, is not installed on ${host}. Run there: apt install ${debian}`,
      }),
    }));
}
