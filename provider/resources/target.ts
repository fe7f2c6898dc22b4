import type { Mistake } from "../model/mistake.ts";
import { addressAt, boundsOf, contains, numberOf } from "../model/values/prefix.ts";

/** What is wrong with a forward's target, as far as it can be told without the host. */
export function targetMistakes(target: string, network: string, subnet: string | undefined): Mistake[] {
  const text = fault(target, network, subnet);
  return text ? [{ path: "target", text }] : [];
}

function fault(target: string, network: string, subnet: string | undefined): string | undefined {
  if (target.startsWith("127.")) {
    return `${target} is the host's loopback, which only an intercept may reach. Add intercept: [...], or use a guest's address.`;
  }
  if (!subnet) return undefined;
  if (!contains(subnet, target)) return `${target} is outside ${subnet} of network "${network}".`;
  const { first, last } = boundsOf(subnet);
  const number = numberOf(target);
  if (number === first || number === last) {
    const role = number === first ? "own address" : "broadcast address";
    return `${target} is the ${role} of network "${network}". Use a guest's address such as ${addressAt(first + 10n)}.`;
  }
  return undefined;
}
