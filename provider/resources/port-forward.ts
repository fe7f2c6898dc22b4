import { z } from "zod";
import type { Claim } from "../model/claims.ts";
import type { Mistake } from "../model/mistake.ts";
import type { Expectation, ResourceDefinition } from "../model/resource.ts";
import { tableOf } from "../model/table.ts";
import { hostAddress, interfaceAddress, ipRanges } from "../model/values/address.ts";
import { interfaceName, objectName } from "../model/values/name.ts";
import { writePort, writeSocket } from "../model/values/port.ts";
import {
  type Balanced,
  balance,
  balanceMistakes,
  balanceOf,
  healthCheck,
  healthExpectations,
  writeTargets,
} from "./balanced.ts";
import { type Entry, entriesOf, portMap, portMistakes, protocol } from "./forwarded-ports.ts";
import { type Intercepted, interceptClaims, interceptMistakes, interceptOf, relayExpectations } from "./intercept.ts";
import {
  type Listener,
  listenAddresses,
  listenersOf,
  listenInterfaces,
  listenMistakes,
  placesOf,
  silentCautions,
} from "./listener.ts";
import { explainTaken } from "./port-taken.ts";
import { isLoopback, targetMistakes } from "./target.ts";

const args = z.strictObject({
  name: objectName.optional().describe("Default: the resource's name."),
  network: interfaceName.describe("The network that the target is in, or its bridge."),
  gateways: z
    .array(interfaceAddress)
    .optional()
    .describe("The host's addresses in the network, with prefix length; come with a NatNetwork."),
  isolated: z.boolean().optional().describe("Whether the network lets nothing in; comes with a NatNetwork."),
  target: z
    .union([hostAddress, z.array(hostAddress).min(1, { error: "is empty. Name a guest to forward to." })])
    .describe("The guest, or several; with intercept one address of any kind, the host's loopback among them."),
  ports: z.array(portMap).min(1, { error: "is empty. Name a port to forward." }),
  protocol: protocol.optional().describe("Default: tcp."),
  listenAddresses,
  listenInterfaces,
  sourceRanges: ipRanges("Name who may use it, or leave it out for anybody.")
    .optional()
    .describe("Who may use the forward. Default: anybody."),
  reachableFrom: z
    .array(z.enum(["lan", "host", "guests"]))
    .min(1, { error: "is empty, and nobody could use it. Name who may, or leave it out for all three." })
    .optional()
    .describe("Default: all three."),
  intercept: z
    .union([
      hostAddress,
      z.array(hostAddress).min(1, { error: "is empty. Name an address that guests dial." }),
      z.literal("any"),
    ])
    .optional()
    .describe(
      "Addresses that the network's guests dial, or any, and are led to the target from. Default: none, a forward.",
    ),
  balance: balance
    .optional()
    .describe(
      "Which of several targets a connection goes to: by its source address, or by chance. Default: source-hash.",
    ),
  healthCheck: healthCheck
    .optional()
    .describe("Targets that take no connection are left out until they do. Default: none, all are led to."),
});
type Args = z.output<typeof args> & { readonly name: string };

/**
 * Ports of the host that lead to a guest, or of addresses that guests dial: elements of the network's maps. Those that lead to
 * several guests are a table of their own.
 */
export const portForward: ResourceDefinition<Args> = {
  type: "PortForward",
  args,
  replaceOn: ["name", "network"],
  id: ({ network, name }) => `${network}/${name}`,
  complete: (given, { name }) => ({ ...given, name: given.name ?? name }),
  mistakes: (given) => {
    const intercepted = interceptedOf(given);
    return [
      ...nameMistakes(given.name),
      ...portMistakes(entriesOf(given)),
      ...(intercepted ? [...idleMistakes(given), ...interceptMistakes(intercepted)] : forwardMistakes(given)),
    ];
  },
  claims(given) {
    const intercepted = interceptedOf(given);
    if (intercepted) return interceptClaims(intercepted);
    return entriesOf(given).flatMap((entry) =>
      listenersOf(given, firstOf(given)).map((listener) => claimOf(given, entry, listener)),
    );
  },
  desired(given) {
    const intercepted = interceptedOf(given);
    if (intercepted) return [interceptOf(intercepted)];
    const common = {
      name: given.name,
      bridge: given.network,
      ports: entriesOf(given).map(({ path: _, ...entry }) => entry),
      listenAddresses: given.listenAddresses ?? [],
      listenInterfaces: given.listenInterfaces ?? [],
      sourceRanges: given.sourceRanges ?? [],
      reachableFrom: given.reachableFrom ?? ["lan", "host", "guests"],
    };
    if (typeof given.target === "string") return [{ noun: "forward", ...common, target: given.target }];
    return [{ noun: "group", ...common, targets: given.target, ...balanceOf(balancedOf(given), entriesOf(given)) }];
  },
  expects(given) {
    const intercepted = interceptedOf(given);
    return [
      {
        expect: ["ruleset-exists", "inet", tableOf(given.network)],
        explain: (_, host) => ({
          path: "network",
          text: `there is no NatNetwork of bridge ${given.network} on ${host}. Declare one, and pass it here.`,
        }),
      },
      ...(intercepted
        ? relayExpectations(intercepted)
        : [
            ...healthExpectations(balancedOf(given)),
            ...entriesOf(given).flatMap((entry) =>
              listenersOf(given, firstOf(given)).map((listener) => freePort(entry, listener)),
            ),
          ]),
    ];
  },
  reads: () => [["addresses"]],
  outputs: (given, [addresses = ""]) => ({
    endpoints: endpointsOf(given, addresses),
    via: interceptedOf(given) && isLoopback(firstOf(given)) ? "relay" : "nat",
  }),
  cautions: (given, { endpoints }, hostName) => silentCautions(given, endpoints as string[], hostName),
};

/** The forward as an intercept, if it is one. */
function interceptedOf(given: Args): Intercepted | undefined {
  const { intercept } = given;
  return intercept === undefined
    ? undefined
    : {
        ...given,
        target: firstOf(given),
        intercept: intercept === "any" || typeof intercept !== "string" ? intercept : [intercept],
      };
}

function targetsOf({ target }: Args): readonly string[] {
  return typeof target === "string" ? [target] : target;
}

/** All have its family. */
function firstOf(given: Args): string {
  return targetsOf(given)[0] ?? "";
}

function balancedOf(given: Args): Balanced {
  return { targets: targetsOf(given), balance: given.balance, healthCheck: given.healthCheck };
}

/** A name that came from the resource's own, which the schema has not seen. */
function nameMistakes(name: string): Mistake[] {
  return (objectName.safeParse(name).error?.issues ?? []).map(({ message }) => ({ path: "name", text: message }));
}

/** What a forward can be limited by, and an intercept cannot. */
function idleMistakes(given: Args): Mistake[] {
  const limits = ["listenAddresses", "listenInterfaces", "sourceRanges", "reachableFrom"] as const;
  const set = limits.filter((key) => given[key]?.length);
  const text = "is for forwards; an intercept is for all guests of its network, and for nobody else. Leave it out.";
  const listed = typeof given.target === "string" ? [] : ["is a list, but an intercept leads to one place. Name one."];
  return [
    ...set.map((path) => ({ path, text })),
    ...listed.map((fault) => ({ path: "target", text: fault })),
    ...balancingMistakes(given, "an intercept leads to one place. Leave it out."),
  ];
}

/** What is for several targets, where there is one. */
function balancingMistakes(given: Args, why: string): Mistake[] {
  const set = (["balance", "healthCheck"] as const).filter((key) => given[key] !== undefined);
  return set.map((path) => ({ path, text: `is for several targets, and ${why}` }));
}

function forwardMistakes(given: Args): Mistake[] {
  const { target } = given;
  if (typeof target === "string") {
    const why = "this forward has one. Make target a list, or leave it out.";
    return [
      ...targetMistakes({ ...given, target }, "target"),
      ...balancingMistakes(given, why),
      ...listenMistakes(given, firstOf(given)),
    ];
  }
  const faults = target.flatMap((one, index) => targetMistakes({ ...given, target: one }, `target[${index}]`));
  // What is wrong with the network is so for each of them.
  const each = faults.filter(
    ({ path }, index) => path !== "network" || faults.findIndex((one) => one.path === path) === index,
  );
  return [...each, ...balanceMistakes(balancedOf(given), entriesOf(given)), ...listenMistakes(given, firstOf(given))];
}

function claimOf(given: Args, entry: Entry, { at, link }: Listener): Claim {
  const holder = `${writeTargets(targetsOf(given), entry)} (PortForward "${given.name}")`;
  return {
    space: entry.protocol,
    scope: at,
    ...(link !== undefined && { link, wayOut: "Choose another port, or other listenInterfaces." }),
    ...entry.port,
    holder,
    path: entry.path,
  };
}

function freePort({ path, protocol: space, port: { first, last } }: Entry, { at, link = "*" }: Listener): Expectation {
  return {
    expect: ["port-free", space, at, first, last, link],
    explain: (found, host) => ({ path, text: explainTaken({ protocol: space, first, found, host }) }),
  };
}

/** As people dial them: one line for each address of the host, or for any; of an intercept, for each that guests dial. */
function endpointsOf(given: Args, reading: string): string[] {
  const dialled = interceptedOf(given)?.intercept ?? placesOf(given, firstOf(given), reading);
  const places = dialled === "any" || dialled.length === 0 ? ["*"] : dialled;
  return entriesOf(given).flatMap((entry) =>
    places.map(
      (at) => `${entry.protocol} ${writeSocket(at, writePort(entry.port))} → ${writeTargets(targetsOf(given), entry)}`,
    ),
  );
}
