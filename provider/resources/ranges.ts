import type { Mistake } from "../model/mistake.ts";
import { ipv4Address } from "../model/values/address.ts";
import { addressAt, boundsOf, contains, numberOf } from "../model/values/prefix.ts";
import { shown } from "../model/values/text.ts";

/** Addresses to lease, both ends inclusive. */
export interface Range {
  readonly first: string;
  readonly last: string;
}

/** The network that is served, and the host's own address in it. */
export interface Place {
  readonly network: string;
  readonly gateway: string;
}

/** The ranges as written, or the whole network but its ends and the gateway. */
export function rangesOf(written: readonly string[] | undefined, { network, gateway }: Place): Range[] {
  if (written) return written.flatMap((text) => split(text) ?? []);
  const { first, last } = boundsOf(network);
  const own = numberOf(gateway);
  return [
    { from: first + 1n, to: own - 1n },
    { from: own + 1n, to: last - 1n },
  ]
    .filter(({ from, to }) => from <= to)
    .map(({ from, to }) => ({ first: addressAt(from), last: addressAt(to) }));
}

/** How many addresses ranges hold. */
export function countRanges(ranges: readonly Range[]): number {
  return ranges.reduce((sum, { first, last }) => sum + Number(numberOf(last) - numberOf(first)) + 1, 0);
}

/** What is wrong with ranges as written. */
export function rangeMistakes(written: readonly string[], place: Place): Mistake[] {
  return written.flatMap((text, index) => {
    const message = fault(text, written.slice(0, index), place);
    return message ? [{ path: `ranges[${index}]`, text: message }] : [];
  });
}

function split(text: string): Range | undefined {
  const [first = "", last = "", ...rest] = text.split("-").map((part) => part.trim());
  const valid = rest.length === 0 && ipv4Address.safeParse(first).success && ipv4Address.safeParse(last).success;
  return valid ? { first, last } : undefined;
}

function fault(text: string, before: readonly string[], { network, gateway }: Place): string | undefined {
  const range = split(text);
  if (!range) return `${shown(text)} is not a range such as "10.10.10.100-10.10.10.199".`;
  const { first, last } = range;
  if (numberOf(first) > numberOf(last)) return `${text} runs backwards. Write "${last}-${first}".`;
  const outside = [first, last].find((address) => !contains(network, address));
  if (outside) return `${outside} is outside ${network} of the bridge.`;
  if (covers(range, gateway))
    return `${text} holds ${gateway}, the host's own address. Begin after it, or end before it.`;
  const bounds = boundsOf(network);
  if (numberOf(first) === bounds.first)
    return `${first} is the network's own address. Begin at ${addressAt(bounds.first + 1n)}.`;
  if (numberOf(last) === bounds.last)
    return `${last} is the network's broadcast address. End at ${addressAt(bounds.last - 1n)}.`;
  const other = before.find((earlier) => meets(range, split(earlier)));
  return other ? `${text} overlaps ${other}. Make them one range, or keep them apart.` : undefined;
}

function covers({ first, last }: Range, address: string): boolean {
  return numberOf(first) <= numberOf(address) && numberOf(address) <= numberOf(last);
}

function meets(a: Range, b: Range | undefined): boolean {
  return b !== undefined && numberOf(a.first) <= numberOf(b.last) && numberOf(b.first) <= numberOf(a.last);
}
