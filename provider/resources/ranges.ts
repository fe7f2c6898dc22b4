import type { Mistake } from "../model/mistake.ts";
import { ipv4Address, ipv6Address } from "../model/values/address.ts";
import { address6At, addressAt, boundsOf, contains, hostBounds, numberOf, roleIn } from "../model/values/prefix.ts";
import { shown } from "../model/values/shown.ts";

/** Addresses to lease, both ends inclusive. */
export interface Range {
  readonly first: string;
  readonly last: string;
}

/** The network that is served, and the host's own address in it. */
export interface Place {
  readonly network: string;
  readonly gateway: string;
  /** The IPv6 network beside it. */
  readonly network6?: string | undefined;
  /** The host's own addresses in that, as far as they are known. */
  readonly hosts6?: readonly string[];
}

/** The IPv4 ranges as written; with none, the whole network but its ends and the gateway. `[]` are none at all. */
export function rangesOf(written: readonly string[] | undefined, { network, gateway }: Place): Range[] {
  const own = written?.filter((text) => !isIpv6(text));
  if (written?.length === 0 || own?.length) return own?.flatMap((text) => split(text) ?? []) ?? [];
  const { first, last } = hostBounds(network);
  const host = numberOf(gateway);
  return [
    { from: first, to: host - 1n },
    { from: host + 1n, to: last },
  ]
    .filter(({ from, to }) => from <= to)
    .map(({ from, to }) => ({ first: addressAt(from), last: addressAt(to) }));
}

/** The IPv6 ranges as written. */
export function ranges6Of(written: readonly string[] | undefined): Range[] {
  return (written ?? []).filter(isIpv6).flatMap((text) => split(text) ?? []);
}

/** A part of an IPv6 network that leaves its beginning, where hosts have their addresses, alone: `::1000` to `::ffff`. */
export function usualRange6(network6: string): Range {
  const { first } = boundsOf(network6);
  return { first: address6At(first + 0x1000n), last: address6At(first + 0xffffn) };
}

/** How many addresses ranges hold, as far as anybody counts. */
export function countRanges(ranges: readonly Range[]): number {
  const sizes = ranges.map(({ first, last }) => numberOf(last) - numberOf(first) + 1n);
  const sum = sizes.reduce((all, size) => all + size, 0n);
  return Number(sum > 1_000_000n ? 1_000_000n : sum);
}

/** What is wrong with ranges as written. */
export function rangeMistakes(written: readonly string[], place: Place): Mistake[] {
  return written.flatMap((text, index) => {
    const message = isIpv6(text)
      ? fault6(text, written.slice(0, index), place)
      : fault(text, written.slice(0, index), place);
    return message ? [{ path: `ranges[${index}]`, text: message }] : [];
  });
}

function isIpv6(text: string): boolean {
  return text.includes(":");
}

function split(text: string): Range | undefined {
  const [first = "", last = "", ...rest] = text.split("-").map((part) => part.trim());
  const address = isIpv6(text) ? ipv6Address : ipv4Address;
  const [from, to] = [address.safeParse(first), address.safeParse(last)];
  return rest.length === 0 && from.success && to.success ? { first: from.data, last: to.data } : undefined;
}

function fault(text: string, before: readonly string[], { network, gateway }: Place): string | undefined {
  const range = split(text);
  if (!range) return `${shown(text)} is not a range such as "10.10.10.100-10.10.10.199".`;
  const { first, last } = range;
  const common = misplaced(text, range, network, before);
  if (common.place) return common.place;
  if (covers(range, gateway))
    return `${text} holds ${gateway}, the host's own address. Begin after it, or end before it.`;
  const hosts = hostBounds(network);
  if (roleIn(network, first)) return `${first} is the network's own address. Begin at ${addressAt(hosts.first)}.`;
  if (roleIn(network, last)) return `${last} is the network's broadcast address. End at ${addressAt(hosts.last)}.`;
  return common.overlap;
}

function fault6(text: string, before: readonly string[], { network6, hosts6 = [] }: Place): string | undefined {
  const range = split(text);
  if (!range) return `${shown(text)} is not a range such as "fd00:10::1000-fd00:10::1fff".`;
  if (!network6)
    return `${text} is of IPv6, which the bridge does not have. Give the Bridge an address such as fd00:10::1/64.`;
  const { place, overlap } = misplaced(text, range, network6, before);
  if (place) return place;
  const { first } = boundsOf(network6);
  // RFC 4291, section 2.6.1: the subnet-router anycast address.
  if (numberOf(range.first) === first)
    return `${range.first} is the network's own address. Begin at ${address6At(first + 1n)}.`;
  const host = hosts6.find((one) => covers(range, one));
  if (host) return `${text} holds ${host}, the host's own address. Begin after it, or end before it.`;
  return overlap;
}

/** What can be wrong with a range of either family. */
function misplaced(text: string, { first, last }: Range, network: string, before: readonly string[]) {
  if (numberOf(first) > numberOf(last)) return { place: `${text} runs backwards. Write "${last}-${first}".` };
  const outside = [first, last].find((address) => !contains(network, address));
  if (outside) return { place: `${outside} is outside ${network} of the bridge.` };
  const other = before.find((earlier) => isIpv6(earlier) === isIpv6(text) && meets({ first, last }, split(earlier)));
  return other ? { overlap: `${text} overlaps ${other}. Make them one range, or keep them apart.` } : {};
}

function covers({ first, last }: Range, address: string): boolean {
  return numberOf(first) <= numberOf(address) && numberOf(address) <= numberOf(last);
}

function meets(a: Range, b: Range | undefined): boolean {
  return b !== undefined && numberOf(a.first) <= numberOf(b.last) && numberOf(b.first) <= numberOf(a.last);
}
