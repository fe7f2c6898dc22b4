import { Address6 } from "ip-address";
import { z } from "zod";
import {
  canonical,
  hostBits,
  ipv4CidrFault,
  ipv6CidrFault,
  isIp,
  isIpv4,
  isIpv4Prefix,
  isIpv6,
  isIpv6Prefix,
  notOfHosts,
  unroutable,
} from "./network.ts";
import { broadcastOf, firstHost, networkOf } from "./prefix.ts";
import { shown } from "./shown.ts";
import { text } from "./text.ts";

/** An IPv4 address. */
export const ipv4Address = text((value) =>
  isIpv4(value) ? undefined : `${shown(value)} is not an IPv4 address such as 10.10.10.20.`,
);

/** An IPv6 address; lower case and short is canonical (RFC 5952). */
export const ipv6Address = text(
  (value) => (isIpv6(value) ? undefined : `${shown(value)} is not an IPv6 address such as fd00:10::20.`),
  (value) => new Address6(value).correctForm(),
);

/** An address of a resolver, IPv4 or IPv6, of a link too (`fe80::1%eth0`). */
export const ipAddress = text(
  (value) => (isIp(value) ? undefined : `${shown(value)} is not an IP address such as 9.9.9.9.`),
  (value) => (value.includes("%") ? value : canonical(value)),
);

/** An address of a router, in IPv6 most often its link-local one; as the kernel writes it. */
export const routerAddress = text(
  (value) =>
    isIpv4(value) || isIpv6(value) ? notOfHosts(value) : `${shown(value)} is not an IP address such as 192.168.1.1.`,
  canonical,
);

/** An IPv4 network: the host bits are zero. */
export const ipv4Cidr = text(ipv4CidrFault);

/** An IPv6 network that hosts can be in: the host bits are zero. Lower case and its shortest form are canonical. */
export const ipv6Cidr = text(ipv6CidrFault, (value) => canonical(value));

/** An address that packets are sent to, IPv4 or IPv6; as the kernel writes it. */
export const hostAddress = text(
  (value) => {
    if (isIpv4(value)) return undefined;
    if (!isIp(value)) return `${shown(value)} is not an IP address such as 10.10.10.20 or fd00:10::20.`;
    return unroutable(value);
  },
  (value) => canonical(value),
);

/** An IPv4 range that traffic comes from or goes to: a network, or one address. `/32` is written as the address. */
export const ipv4Range = range(isIpv4, isIpv4Prefix);

/** As `ipv4Range`, of either family. */
export const ipRange = range(isIp, (value) => isIpv4Prefix(value) || isIpv6Prefix(value));

/** Ranges, one at least: no list means any, and an empty one would be the worst reading of it. `wayOut` says what to do. */
export const ipRanges = (wayOut: string) => z.array(ipRange).min(1, { error: `is empty. ${wayOut}` });

/** An address that an interface carries, with its prefix length; IPv4 or IPv6, as the kernel writes it. */
export const interfaceAddress = text(interfaceAddressFault, canonical);

function interfaceAddressFault(value: string): string | undefined {
  if (value.includes(":")) {
    if (!isIpv6Prefix(value)) return `${shown(value)} is not an address with prefix length such as fd00::1/64.`;
    return notOfHosts(value);
  }
  if (!isIpv4Prefix(value)) return `${shown(value)} is not an address with prefix length such as 10.10.10.1/24.`;
  const fault = notOfHosts(value);
  if (fault !== undefined) return fault;
  const [address, length] = value.split("/");
  // RFC 3021: in a /31, both addresses are hosts'.
  if (Number(length) >= 31) return undefined;
  const instead = `Use a host address such as ${firstHost(value)}/${length}.`;
  if (address === networkOf(value).split("/")[0]) return `${value} is the network's own address. ${instead}`;
  return address === broadcastOf(value) ? `${value} is the network's broadcast address. ${instead}` : undefined;
}

function range(isAddress: (value: string) => boolean, isPrefix: (value: string) => boolean) {
  return text(
    (value) => {
      if (isAddress(value)) return undefined;
      return isPrefix(value)
        ? hostBits(value)
        : `${shown(value)} is not an address or a network such as 198.51.100.0/24.`;
    },
    (value) => canonical(value.replace(/^([\d.]+)\/32$/, "$1").replace(/^(.*:.*)\/128$/, "$1")),
  );
}
