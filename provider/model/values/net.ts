import { createHash } from "node:crypto";
import { Address4, Address6 } from "ip-address";
import { z } from "zod";

export const int = (a: string): bigint => new Address4(a).bigInt();
export const fromInt = (n: bigint): string => Address4.fromBigInt(n).correctForm();
export interface Range4 {
  first: bigint;
  last: bigint;
}
export function rangeOf(cidr: string): Range4 {
  const a = new Address4(cidr);
  return { first: a.startAddress().bigInt(), last: a.endAddress().bigInt() };
}
export const contains = (cidr: string, address: string) => {
  const r = rangeOf(cidr),
    n = int(address);
  return n >= r.first && n <= r.last;
};
export const overlaps = (a: string, b: string) => {
  const x = rangeOf(a),
    y = rangeOf(b);
  return x.first <= y.last && y.first <= x.last;
};
export const networkOf = (cidr: string) =>
  `${new Address4(cidr).startAddress().correctForm()}/${cidr.split("/")[1] ?? 32}`;
export const broadcastOf = (cidr: string) => new Address4(cidr).endAddress().correctForm();
export const hostPart = (cidr: string) => cidr.split("/")[0] ?? cidr;
const plain4 = (v: string) => /^\d{1,3}(\.\d{1,3}){3}$/.test(v) && Address4.isValid(v);
const cidr4 = (v: string) => /^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/.test(v) && Address4.isValid(v);

const custom = <T>(check: (v: string) => string | undefined, out: (v: string) => T = (v) => v as T) =>
  z
    .string()
    .superRefine((v, c) => {
      const m = check(v);
      if (m) c.addIssue({ code: "custom", message: m });
    })
    .transform(out);

export const interfaceName = custom<string>((v) => {
  const bytes = Buffer.byteLength(v);
  if (bytes > 15)
    return `"${v}" is ${bytes} bytes; the kernel allows 15. Set a shorter "name"; the resource may keep its own.`;
  if (!/^[A-Za-z0-9_.-]+$/.test(v) || [".", "..", "all", "default", "lo"].includes(v))
    return `${JSON.stringify(v)} cannot name an interface. Use letters, digits, "-", "_" and "."; not "all", "default" or "lo".`;
  return undefined;
});
export const mac = custom<string>(
  (v) => {
    if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(v))
      return `${JSON.stringify(v)} is not a MAC address. Write six bytes such as 52:54:00:12:34:56.`;
    if (Number.parseInt(v.slice(0, 2), 16) & 1)
      return `${v} is a multicast MAC address. Use one whose first byte is even, such as 52:54:00:12:34:56.`;
    if (/^[0:]+$/.test(v)) return `${v} is no address. Use one such as 52:54:00:12:34:56.`;
    return undefined;
  },
  (v) => v.toLowerCase(),
);
export const macPrefix = z.enum(["52:54:00", "00:16:3e"]);
export function deriveMac(prefix: string, seed: string): string {
  const h = createHash("sha256").update(seed).digest("hex");
  return `${prefix}:${h.slice(0, 2)}:${h.slice(2, 4)}:${h.slice(4, 6)}`;
}
export const ipv4Address = custom<string>((v) =>
  plain4(v) ? undefined : `${JSON.stringify(v)} is not an IPv4 address such as 10.10.10.20.`,
);
export const ipv4Cidr = custom<string>((v) => {
  if (!cidr4(v)) return `${JSON.stringify(v)} is not a network such as 10.10.10.0/24.`;
  if (networkOf(v) !== v) return `${v} has host bits set. Did you mean ${networkOf(v)}?`;
  return undefined;
});
export const sourceRange = custom<string>(
  (v) => {
    if (plain4(v)) return undefined;
    if (!cidr4(v)) return `${JSON.stringify(v)} is not a network such as 198.51.100.0/24.`;
    if (networkOf(v) !== v) return `${v} has host bits set. Did you mean ${networkOf(v)}?`;
    return undefined;
  },
  (v) => v.replace(/\/32$/, ""),
);
export const interfaceAddress = custom<string>((v) => {
  if (v.includes(":"))
    return /\/\d{1,3}$/.test(v) && Address6.isValid(v)
      ? undefined
      : `${JSON.stringify(v)} is not an address with prefix length such as fd00::1/64.`;
  if (!cidr4(v)) return `${JSON.stringify(v)} is not an address with prefix length such as 10.10.10.1/24.`;
  const len = Number(v.split("/")[1]);
  const first = fromInt(rangeOf(v).first + 1n);
  if (len < 31 && hostPart(v) === hostPart(networkOf(v)))
    return `${v} is the network's own address. Use a host address such as ${first}/${len}.`;
  if (len < 31 && hostPart(v) === broadcastOf(v))
    return `${v} is the network's broadcast address. Use a host address such as ${first}/${len}.`;
  return undefined;
});
export const mtu = z
  .number()
  .int()
  .superRefine((v, c) => {
    if (v < 68 || v > 65535)
      c.addIssue({ code: "custom", message: `${v} is not an mtu; the kernel allows 68 to 65535 bytes.` });
  });
