import type { Mistake } from "../model/mistake.ts";
import { contains, hostAt, networkOf, roleIn } from "../model/values/prefix.ts";

/** Where a forward leads to, and what is known of the network there. */
interface Led {
  readonly target: string;
  readonly network: string;
  /** The host's addresses in the network, with prefix length. */
  readonly gateways?: readonly string[] | undefined;
  readonly isolated?: boolean | undefined;
}

/** What no machine has for its own: this network, multicast and what lies beyond it (RFC 1122, 3.2.1.3; RFC 4291, 2.4). */
export const NOWHERE = ["0.0.0.0/8", "224.0.0.0/3", "::/128", "ff00::/8"];

/** What is wrong with a forward's target, as far as it can be told without the host. `path` is the argument that names it. */
export function targetMistakes(led: Led, path: string): Mistake[] {
  if (led.isolated) {
    const text = `network "${led.network}" is isolated, and lets nothing in. Set its mode to "nat" or "routed".`;
    return [{ path: "network", text }];
  }
  const text = fault(led);
  return text ? [{ path, text }] : [];
}

/** An address of the host's loopback. */
export function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}

/** `IPv4` or `IPv6`. */
export function familyOf(address: string): "IPv4" | "IPv6" {
  return address.includes(":") ? "IPv6" : "IPv4";
}

/** Addresses and ranges of one forward that are not of its target's family. */
export function mixedMistakes(path: string, addresses: readonly string[], target: string): Mistake[] {
  return addresses.flatMap((address, index) => {
    if (familyOf(address) === familyOf(target)) return [];
    const text = `${address} is ${familyOf(address)}, the target ${target} is ${familyOf(target)}. Declare a forward for each family.`;
    return [{ path: `${path}[${index}]`, text }];
  });
}

function fault({ target, network, gateways = [] }: Led): string | undefined {
  if (isLoopback(target)) {
    return `${target} is the host's loopback, which only an intercept may reach. Add intercept: [...], or use a guest's address.`;
  }
  if (NOWHERE.some((range) => contains(range, target)))
    return `${target} is no address of a guest. Use one such as 10.10.10.20.`;
  const prefixes = gateways.map(networkOf);
  if (prefixes.length === 0) return undefined;
  const own = prefixes.find((prefix) => familyOf(prefix) === familyOf(target));
  if (!own)
    return `${target} is ${familyOf(target)}, of which network "${network}" has no prefix. Give its bridge one.`;
  if (!contains(own, target)) return `${target} is outside ${own} of network "${network}".`;
  return target.includes(":") ? undefined : edge(target, own, network);
}

/** The two addresses of an IPv4 network that no guest has. */
function edge(target: string, subnet: string, network: string): string | undefined {
  const role = roleIn(subnet, target);
  return (
    role && `${target} is the ${role} of network "${network}". Use a guest's address such as ${hostAt(subnet, 10)}.`
  );
}
