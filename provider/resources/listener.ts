import { z } from "zod";
import type { Mistake } from "../model/mistake.ts";
import { hostAddress } from "../model/values/address.ts";
import { interfaceName } from "../model/values/name.ts";
import { contains } from "../model/values/prefix.ts";
import { namedTwice } from "./guest-ports.ts";
import { isLoopback, mixedMistakes } from "./target.ts";

export const listenAddresses = z
  .array(hostAddress)
  .min(1, { error: "is empty. Name an address of the host, or leave it out for any." })
  .optional()
  .describe("Addresses of the host. Default: any.");
export const listenInterfaces = z
  .array(interfaceName)
  .min(1, { error: "is empty. Name an interface, or leave it out for any." })
  .optional()
  .describe("Interfaces by which it comes in; for guests, the network's bridge. Default: any.");

/** What of a forward says where it listens. */
export interface Listening {
  readonly network: string;
  readonly listenAddresses?: readonly string[] | undefined;
  readonly listenInterfaces?: readonly string[] | undefined;
  readonly sourceRanges?: readonly string[] | undefined;
  readonly reachableFrom?: readonly string[] | undefined;
}

/** One place where it listens: an address (any is that of its target's family) of an interface, or of all. */
export interface Listener {
  readonly at: string;
  readonly link?: string;
}

export function listenersOf(given: Listening, target: string): Listener[] {
  const addresses = given.listenAddresses?.length ? given.listenAddresses : [target.includes(":") ? "::" : "0.0.0.0"];
  return addresses.flatMap((at) => given.listenInterfaces?.map((link) => ({ at, link })) ?? [{ at }]);
}

export function listenMistakes(given: Listening, target: string): Mistake[] {
  const { listenAddresses: addresses = [], listenInterfaces: links, sourceRanges = [], reachableFrom } = given;
  const text = "cannot stand beside listenInterfaces, which say from where already. Leave one of them out.";
  return [
    ...mixedMistakes("listenAddresses", addresses, target),
    ...mixedMistakes("sourceRanges", sourceRanges, target),
    ...addresses.flatMap((address, index) => {
      const fault = addressFault(address);
      return fault ? [{ path: `listenAddresses[${index}]`, text: fault }] : [];
    }),
    ...namedTwice("listenInterfaces", links ?? []),
    ...(links && reachableFrom ? [{ path: "reachableFrom", text }] : []),
  ];
}

function addressFault(address: string): string | undefined {
  if (isLoopback(address)) {
    return `${address} is the host's loopback, where no packet from outside arrives. Use another address of the host.`;
  }
  const nowhere = ["0.0.0.0", "255.255.255.255", "::"].includes(address) || contains("224.0.0.0/4", address);
  return nowhere ? `${address} is no address of a host. Leave listenAddresses out for any.` : undefined;
}

/**
 * Where people dial it, of the reading `ip -o addr`: addresses of its interfaces, of all but the network's own bridge if it names
 * none. An interface without one stands there by its name.
 */
export function placesOf(given: Listening, target: string, reading: string): readonly string[] {
  if (given.listenAddresses?.length) return given.listenAddresses;
  const found = addressesOf(target, reading);
  if (!given.listenInterfaces) return found.filter(({ link }) => link !== given.network).map(({ address }) => address);
  return given.listenInterfaces.flatMap((link) => {
    const own = found.filter((one) => one.link === link).map(({ address }) => address);
    return own.length ? own : [link];
  });
}

/** Addresses of the host, of the target's family, but its loopback's. */
function addressesOf(target: string, reading: string): { link: string; address: string }[] {
  const family = target.includes(":") ? "inet6" : "inet";
  return reading.split("\n").flatMap((line) => {
    const [, link = "", found, address] = /^\d+: (\S+)\s+(inet6?) ([\d.a-f:]+)\/\d+ .*scope global/.exec(line) ?? [];
    return address && found === family ? [{ link, address }] : [];
  });
}

/** For each interface that stands in the endpoints by its name: there is no address to dial. */
export function silentCautions(given: Listening, endpoints: readonly string[], hostName: string): string[] {
  const { listenInterfaces: links = [] } = given;
  return links
    .filter((link) => endpoints.some((endpoint) => endpoint.split(" ")[1]?.startsWith(`${link}:`)))
    .map((link) => `${link} has no address on ${hostName} of the target's family; nothing comes in by it yet.`);
}
