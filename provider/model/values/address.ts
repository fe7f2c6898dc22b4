import { Address4, Address6 } from "ip-address";
import { broadcastOf, firstHost, networkOf } from "./prefix.ts";
import { shown, text } from "./text.ts";

const isIpv4 = (value: string) => /^\d{1,3}(\.\d{1,3}){3}$/.test(value) && Address4.isValid(value);
const isIpv4Prefix = (value: string) => /^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/.test(value) && Address4.isValid(value);
const isIpv6Prefix = (value: string) => /\/\d{1,3}$/.test(value) && Address6.isValid(value);

/** An IPv4 address. */
export const ipv4Address = text((value) =>
  isIpv4(value) ? undefined : `${shown(value)} is not an IPv4 address such as 10.10.10.20.`,
);

/** An address of a resolver, IPv4 or IPv6. */
export const ipAddress = text((value) =>
  isIpv4(value) || (Address6.isValid(value) && !value.includes("/"))
    ? undefined
    : `${shown(value)} is not an IP address such as 9.9.9.9.`,
);

/** An IPv4 network: the host bits are zero. */
export const ipv4Cidr = text((value) => {
  if (!isIpv4Prefix(value)) return `${shown(value)} is not a network such as 10.10.10.0/24.`;
  return hostBits(value);
});

/** An IPv4 range that traffic comes from or goes to: a network, or one address. `/32` is written as the address. */
export const ipv4Range = text(
  (value) => {
    if (isIpv4(value)) return undefined;
    if (!isIpv4Prefix(value)) return `${shown(value)} is not an address or a network such as 198.51.100.0/24.`;
    return hostBits(value);
  },
  (value) => value.replace(/\/32$/, ""),
);

/** As `ipv4Range`, of either family. */
export const ipRange = text(
  (value) => {
    if (isIpv4(value) || (Address6.isValid(value) && !value.includes("/"))) return undefined;
    if (isIpv4Prefix(value)) return hostBits(value);
    if (!isIpv6Prefix(value)) return `${shown(value)} is not an address or a network such as 198.51.100.0/24.`;
    const network = `${new Address6(value).startAddress().correctForm()}/${value.split("/")[1]}`;
    return new Address6(value).correctForm() === network.split("/")[0]
      ? undefined
      : `${value} has host bits set. Did you mean ${network}?`;
  },
  (value) => value.replace(/^([\d.]+)\/32$/, "$1").toLowerCase(),
);

/** An address that an interface carries, with its prefix length; IPv4 or IPv6. */
export const interfaceAddress = text((value) => {
  if (value.includes(":")) {
    return isIpv6Prefix(value) ? undefined : `${shown(value)} is not an address with prefix length such as fd00::1/64.`;
  }
  if (!isIpv4Prefix(value)) return `${shown(value)} is not an address with prefix length such as 10.10.10.1/24.`;
  const [address, length] = value.split("/");
  // RFC 3021: in a /31, both addresses are hosts'.
  if (Number(length) >= 31) return undefined;
  const instead = `Use a host address such as ${firstHost(value)}/${length}.`;
  if (address === networkOf(value).split("/")[0]) return `${value} is the network's own address. ${instead}`;
  return address === broadcastOf(value) ? `${value} is the network's broadcast address. ${instead}` : undefined;
});

function hostBits(value: string): string | undefined {
  const network = networkOf(value);
  return network === value ? undefined : `${value} has host bits set. Did you mean ${network}?`;
}
