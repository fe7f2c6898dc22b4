/** IPv4 arithmetic for looking at rules and routes. */

/** The address as a number; NaN for what is none. */
export function toNumber(address: string): number {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address)?.slice(1).map(Number);
  if (!parts || parts.some((part) => part > 255)) return Number.NaN;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

/** First and last address of a prefix, a range or one address; undefined for what is none. */
export function bounds(text: string): readonly [number, number] | undefined {
  const [first = "", last] = text.split("-");
  if (last !== undefined) return pair(toNumber(first), toNumber(last));
  const [address = "", length = "32"] = text.split("/");
  const size = 2 ** (32 - (length.includes(".") ? maskLength(length) : Number(length)));
  const start = Math.floor(toNumber(address) / size) * size;
  return pair(start, start + size - 1);
}

/** Whether an address is in a prefix or range. */
export function within(address: string, text: string): boolean {
  const range = bounds(text);
  const number = toNumber(address);
  return range !== undefined && range[0] <= number && number <= range[1];
}

/** Whether all of `inner` is in `outer`. */
export function covers(outer: string, inner: string): boolean {
  const [big, small] = [bounds(outer), bounds(inner)];
  return big !== undefined && small !== undefined && big[0] <= small[0] && small[1] <= big[1];
}

/** Whether they have an address in common. */
export function overlaps(one: string, other: string): boolean {
  const [a, b] = [bounds(one), bounds(other)];
  return a !== undefined && b !== undefined && a[0] <= b[1] && b[0] <= a[1];
}

/** `255.255.255.0` is 24. */
export function maskLength(mask: string): number {
  return (toNumber(mask) >>> 0).toString(2).replace(/0+$/, "").length;
}

/** The prefix that an address is in: 10.0.0.1, 24 → 10.0.0.0/24. */
export function prefixOf(address: string, length: number): string {
  const start = bounds(`${address}/${length}`)?.[0] ?? 0;
  return `${toText(start)}/${length}`;
}

/** An address of the prefix that is not the given one. */
export function another(address: string, length: number): string {
  const number = toNumber(address);
  return length > 30 ? address : toText(number % 2 === 1 ? number + 1 : number - 1);
}

function toText(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
}

function pair(first: number, last: number): readonly [number, number] | undefined {
  return Number.isNaN(first) || Number.isNaN(last) ? undefined : [first, last];
}
