import { Address4, Address6 } from "ip-address";

/** Arithmetic on prefixes and addresses, all of them valid; IPv4 where nothing else is said. */

/** `10.10.10.7/24` → `10.10.10.0/24`; of either family. */
export function networkOf(cidr: string): string {
  const prefix = parsed(cidr);
  return `${prefix.startAddress().correctForm()}/${cidr.split("/")[1] ?? prefix.subnetMask}`;
}

/** Whether a prefix names a network: its host bits are zero. Of either family. */
export function isNetwork(cidr: string): boolean {
  const prefix = parsed(cidr);
  return prefix.correctForm() === prefix.startAddress().correctForm();
}

/** `10.10.10.7/24` → `10.10.10.255`. */
export function broadcastOf(cidr: string): string {
  return new Address4(cidr).endAddress().correctForm();
}

/** `10.10.10.7/24` → `10.10.10.1`; of either family. */
export function firstHost(cidr: string): string {
  return hostAt(cidr, 1);
}

/** `10.10.10.7/24` → `10.10.10.7`. */
export function addressOf(cidr: string): string {
  return cidr.split("/")[0] ?? cidr;
}

/** An address of either family as a number, to count with. */
export function numberOf(address: string): bigint {
  return parsed(address).bigInt();
}

/** The address that a number stands for. */
export function addressAt(number: bigint): string {
  return Address4.fromBigInt(number).correctForm();
}

/** The IPv6 address that a number stands for. */
export function address6At(number: bigint): string {
  return Address6.fromBigInt(number).correctForm();
}

/** First and last address of a prefix of either family. */
export function boundsOf(cidr: string): { first: bigint; last: bigint } {
  const prefix = parsed(cidr);
  return { first: prefix.startAddress().bigInt(), last: prefix.endAddress().bigInt() };
}

/** First and last address that a host can have in a prefix of IPv4: all but its ends, and in a /31 those too (RFC 3021). */
export function hostBounds(cidr: string): { first: bigint; last: bigint } {
  const { first, last } = boundsOf(cidr);
  return last - first < 2n ? { first, last } : { first: first + 1n, last: last - 1n };
}

/** What an address of an IPv4 network is to all of its hosts, if it is none of theirs. */
export function roleIn(network: string, address: string): "own address" | "broadcast address" | undefined {
  const { first, last } = hostBounds(network);
  const number = numberOf(address);
  if (number < first) return "own address";
  return number > last ? "broadcast address" : undefined;
}

/** Whether a range, or a single address, contains an address; of either family. */
export function contains(range: string, address: string): boolean {
  const [wide, one] = [parsed(range), parsed(address)];
  const number = one.bigInt();
  return wide.v4 === one.v4 && wide.startAddress().bigInt() <= number && number <= wide.endAddress().bigInt();
}

/** Whether two prefixes have addresses in common; of either family. */
export function overlaps(a: string, b: string): boolean {
  const [x, y] = [boundsOf(a), boundsOf(b)];
  return a.includes(":") === b.includes(":") && x.first <= y.last && y.first <= x.last;
}

/** Ranges without those that another one holds; of either family. */
export function widest(ranges: readonly string[]): string[] {
  const holds = (wide: string, one: string) =>
    contains(wide, addressOf(one)) && boundsOf(wide).last >= boundsOf(one).last;
  return ranges.filter(
    (one, index) =>
      !ranges.some((other, at) => at !== index && holds(other, one) && (at < index || !holds(one, other))),
  );
}

/** Whether every link has the like of it: IPv6 addresses that no router passes on (RFC 4291, section 2.5.6). */
export function isLinkLocal(cidr: string): boolean {
  return /^fe[89ab]/i.test(cidr);
}

/** The nearest prefix of the same length, upwards, that overlaps none of `taken`; `undefined` past the end. */
export function freeNeighbour(cidr: string, taken: readonly string[]): string | undefined {
  const { first, last } = boundsOf(cidr);
  const size = last - first + 1n;
  const length = cidr.split("/")[1];
  for (let start = first + size; start + size <= 1n << 32n && start - first < size * 1024n; start += size) {
    const candidate = `${addressAt(start)}/${length}`;
    if (!taken.some((prefix) => overlaps(prefix, candidate))) return candidate;
  }
  return undefined;
}

/** The address that stands `n` after the network's own: `10.10.10.0/24`, 20 → `10.10.10.20`. Of either family. */
export function hostAt(cidr: string, n: number): string {
  const prefix = parsed(cidr);
  const number = prefix.startAddress().bigInt() + BigInt(n);
  return (prefix.v4 ? Address4 : Address6).fromBigInt(number).correctForm();
}

/**
 * The lowest network of a prefix length inside `pool` that overlaps none of `taken`; `undefined` when there is none. Of either
 * family.
 */
export function lowestFree(pool: string, length: number, taken: readonly string[]): string | undefined {
  const { first, last } = boundsOf(pool);
  const [bits, Family] = pool.includes(":") ? [128, Address6] : [32, Address4];
  const size = 1n << BigInt(bits - length);
  for (let start = first; start + size - 1n <= last; ) {
    const candidate = `${Family.fromBigInt(start).correctForm()}/${length}`;
    const blocking = taken.find((prefix) => overlaps(prefix, candidate));
    if (blocking === undefined) return candidate;
    start = (boundsOf(blocking).last / size + 1n) * size;
  }
  return undefined;
}

function parsed(text: string): Address4 | Address6 {
  return text.includes(":") ? new Address6(text) : new Address4(text);
}
