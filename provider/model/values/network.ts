import { Address4, Address6 } from "ip-address";
import { isNetwork, networkOf, overlaps } from "./prefix.ts";
import { shown } from "./shown.ts";

/** What addresses and networks are, and what is wrong with them, without the schema library: a user's program needs no more. */

export const isIpv4 = (value: string) => /^\d{1,3}(\.\d{1,3}){3}$/.test(value) && Address4.isValid(value);
export const isIpv4Prefix = (value: string) =>
  /^\d{1,3}(\.\d{1,3}){3}\/(\d|[1-9]\d)$/.test(value) && Address4.isValid(value);
export const isIp = (value: string) => isIpv4(value) || (Address6.isValid(value) && !value.includes("/"));
// A zone is of one host, a mapped address of the other family.
export const isIpv6 = (value: string) => /^[0-9a-f:]+$/i.test(value) && Address6.isValid(value);
export const isIpv6Prefix = (value: string) => /^[^%]*\/(\d|[1-9]\d{1,2})$/.test(value) && Address6.isValid(value);

/** What is wrong with an IPv4 network; its host bits are zero. */
export function ipv4CidrFault(value: string): string | undefined {
  if (!isIpv4Prefix(value)) return `${shown(value)} is not a network such as 10.10.10.0/24.`;
  return ofNoHosts(value, "10.10.10.0/24") ?? hostBits(value);
}

/** What is wrong with an IPv6 network that hosts can be in; its host bits are zero. */
export function ipv6CidrFault(value: string): string | undefined {
  if (!value.includes(":") || !isIpv6Prefix(value)) return `${shown(value)} is not a network such as fd00:10::/64.`;
  return unroutable(value) ?? ofNoHosts(value, "fd00:10::/64") ?? hostBits(value);
}

/** What no machine sends from as its own: this host, loopback, multicast and what is reserved (RFC 6890, RFC 4291). */
export const nobodys = ["0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/3", "::/8", "ff00::/8"];

function ofNoHosts(value: string, instead: string): string | undefined {
  return nobodys.some((range) => overlaps(range, value))
    ? `${shown(value)} has addresses that are no host's, such as loopback or multicast ones. Use a network such as ${instead}.`
    : undefined;
}

/** An IPv6 address or prefix that is of no use beyond its link, or is IPv4 in disguise (RFC 4291, sections 2.5.5 and 2.5.6). */
export function unroutable(value: string): string | undefined {
  const address = new Address6(value);
  if (address.isLinkLocal())
    return `${shown(value)} is link-local, good on one link alone. Use a global or unique local one (fd00::/8).`;
  if (address.isMulticast()) return `${shown(value)} is multicast. Use a global or unique local one (fd00::/8).`;
  const mapped = address.isInSubnet(new Address6("::ffff:0:0/96"));
  return mapped ? `${shown(value)} is an IPv4 address in IPv6. Write it as IPv4.` : undefined;
}

/** Of `::/8`: IPv4 in disguise, among others. */
const lowest = (address: Address4 | Address6) =>
  address instanceof Address6 && address.isInSubnet(new Address6("::/8"));

/** What is wrong with an address, with or without prefix length, that no interface of a network can have (RFC 6890; RFC 4291, section 2.4). */
export function notOfHosts(value: string): string | undefined {
  const [bare = ""] = value.split("/");
  const address = bare.includes(":") ? new Address6(bare) : new Address4(bare);
  const kind = [
    ...(address.isLoopback() ? ["a loopback address"] : []),
    ...(address.isMulticast() ? ["a multicast address"] : []),
    ...(address.isUnspecified() || /^0\./.test(bare) ? ["no address of a host"] : []),
    ...(/^(24\d|25[0-5])\./.test(bare) || lowest(address) ? ["of a reserved network"] : []),
  ][0];
  const instead = bare.includes(":") ? "fd00:10::1/64" : "10.10.10.1/24";
  return kind && `${shown(value)} is ${kind}. Use one of a network of your own, such as ${instead}.`;
}

/** As the kernel and nft write it: IPv6 in lower case and its shortest form (RFC 5952). */
export function canonical(value: string): string {
  if (!value.includes(":")) return value;
  const [, length] = value.split("/");
  return `${new Address6(value).correctForm()}${length === undefined ? "" : `/${Number(length)}`}`;
}

/** What is wrong with a prefix whose host bits are not zero. */
export function hostBits(value: string): string | undefined {
  return isNetwork(value) ? undefined : `${value} has host bits set. Did you mean ${networkOf(value)}?`;
}
