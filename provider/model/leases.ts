/** One lease, as the guest asked for it: the host name is the guest's own word, checked for its form only. */
export interface Lease {
  readonly mac: string;
  readonly address: string;
  readonly hostname?: string;
  /** ISO 8601; absent for a lease without end. */
  readonly expiresAt?: string;
}

const form =
  /^(?<expires>\d{1,12}) (?<mac>[0-9a-f]{2}(?::[0-9a-f]{2}){5}) (?<address>\d{1,3}(?:\.\d{1,3}){3}) (?<hostname>\S{1,255}) /;

/**
 * Reads dnsmasq's lease file: expiry (seconds since 1970, 0 for never), MAC, address, host name or `*`, client id. Lines
 * of another form (IPv6, the server's DUID) are passed over, and so is a host name that is none.
 */
export function parseLeases(text: string): Lease[] {
  return text.split("\n").flatMap((line) => {
    const { expires = "", mac = "", address = "", hostname = "" } = form.exec(`${line} `)?.groups ?? {};
    if (!mac) return [];
    const named = /^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/.test(hostname);
    return [{ mac, address, ...(named && { hostname }), ...expiry(Number(expires)) }];
  });
}

function expiry(seconds: number): Pick<Lease, "expiresAt"> {
  const date = new Date(seconds * 1000);
  return seconds === 0 || Number.isNaN(date.getTime()) ? {} : { expiresAt: date.toISOString() };
}
