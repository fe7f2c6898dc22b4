/** One lease, as the guest asked for it: the host name is the guest's own word, checked for its form only. */
export interface Lease {
  /** Absent where a DHCPv6 client does not call itself by it. */
  readonly mac?: string;
  readonly address: string;
  readonly hostname?: string;
  /** ISO 8601; absent for a lease without end. */
  readonly expiresAt?: string;
}

const ipv4 =
  /^(?<expires>\d{1,12}) (?<mac>[0-9a-f]{2}(?::[0-9a-f]{2}){5}) (?<address>\d{1,3}(?:\.\d{1,3}){3}) (?<hostname>\S{1,255}) /;
const ipv6 =
  /^(?<expires>\d{1,12}) T?\d{1,10} (?<address>[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}) (?<hostname>\S{1,255}) (?<duid>\S{1,400}) /;
/** A DUID made of a link-layer address, with the time or without (RFC 8415, sections 11.2 and 11.4). */
const linkLayer = /^00:(?:01:00:01(?::[0-9a-f]{2}){4}|03:00:01):((?:[0-9a-f]{2}:){5}[0-9a-f]{2})$/;

/**
 * Reads dnsmasq's lease file: expiry (seconds since 1970, 0 for never), MAC or IAID, address, host name or `*`, client id or
 * DUID. Lines of another form (the server's DUID) are passed over, and so is a host name that is none.
 */
export function parseLeases(text: string): Lease[] {
  return text.split("\n").flatMap((line) => {
    const groups = ipv4.exec(`${line} `)?.groups ?? ipv6.exec(`${line} `)?.groups;
    if (!groups) return [];
    const { expires = "", address = "", hostname = "", duid = "" } = groups;
    const mac = groups.mac ?? linkLayer.exec(duid)?.[1];
    const named = /^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/.test(hostname);
    return [{ ...(mac !== undefined && { mac }), address, ...(named && { hostname }), ...expiry(Number(expires)) }];
  });
}

function expiry(seconds: number): Pick<Lease, "expiresAt"> {
  const date = new Date(seconds * 1000);
  return seconds === 0 || Number.isNaN(date.getTime()) ? {} : { expiresAt: date.toISOString() };
}
