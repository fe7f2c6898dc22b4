import type { Mistake } from "../model/mistake.ts";
import { isPassing } from "../model/values/libvirt.ts";
import { nobodys } from "../model/values/network.ts";
import { overlaps } from "../model/values/prefix.ts";

/** A guest's port, as far as it is given. */
interface Given {
  readonly tap?: string | undefined;
  readonly mac?: string | undefined;
  readonly addresses?: readonly string[] | undefined;
}

/** What is wrong with the guests of a filter; `bound` is whether they are to be held to their addresses. */
export function guestMistakes(guests: readonly Given[], bound: boolean): Mistake[] {
  return [
    ...guests.flatMap((guest, index) => [
      ...tapMistakes(guest, `guests[${index}]`),
      ...addressMistakes(guest.addresses ?? [], `guests[${index}].addresses`),
      ...(bound ? unboundMistakes(guest, `guests[${index}]`) : []),
    ]),
    ...namedTwice(
      "guests",
      guests.map(({ tap }) => tap),
    ),
  ];
}

/** Of names in a list, those that stand there before. */
export function namedTwice(path: string, names: readonly (string | undefined)[]): Mistake[] {
  return names.flatMap((name, index) => {
    const first = names.indexOf(name);
    return name === undefined || first === index
      ? []
      : [{ path: `${path}[${index}]`, text: `${name} is ${path}[${first}], too. Name each once.` }];
  });
}

function tapMistakes({ tap }: Given, path: string): Mistake[] {
  if (tap !== undefined && !isPassing(tap)) return [];
  const what =
    tap === undefined ? "has no tap that is known" : `${tap} is what libvirt calls its tap, until the next start`;
  return [{ path, text: `${what}. Give the VmInterface a name for it: tap: "web0".` }];
}

function addressMistakes(addresses: readonly string[], path: string): Mistake[] {
  return addresses.flatMap((address, index) => {
    const other = addresses.slice(0, index).find((one) => overlaps(one, address));
    const text = nobodys.some((range) => overlaps(range, address))
      ? `${address} has addresses that are no guest's, such as multicast ones. Use the guest's own.`
      : other && `${address} and ${other} have addresses in common. Leave one of them out.`;
    return text ? [{ path: `${path}[${index}]`, text }] : [];
  });
}

function unboundMistakes({ mac, addresses = [] }: Given, path: string): Mistake[] {
  if (mac === undefined) return [{ path, text: "has no mac to be held to by antiSpoof. Add mac: the guest's." }];
  if (addresses.length) return [];
  const text =
    'has no address to be held to by antiSpoof. Write { nic: web, addresses: ["192.168.1.20"] }, with a network where the guest makes up its own.';
  return [{ path, text }];
}
