/** DHCP and DNS of one bridge. */
export interface Dhcp {
  readonly noun: "dhcp";
  readonly bridge: string;
  readonly serverAddress: string;
  /** Network prefix, host bits zero. */
  readonly ipv4Cidr: string;
  readonly ranges: readonly { first: string; last: string }[];
  readonly ipv6?: Dhcp6;
  readonly boot?: Boot;
  /** The host itself asks here for the names of the domain. */
  readonly resolveOnHost: boolean;
  readonly leaseTimeSeconds: number;
  readonly maxLeases: number;
  readonly reservations: readonly HostReservation[];
  readonly domain?: string;
  readonly authoritative: boolean;
  readonly dns: boolean;
  /** What no one of them is for is asked of the host's own resolvers. */
  readonly forwarders: readonly Forwarder[];
  readonly hostRecords: readonly { readonly name: string; readonly address: string }[];
  readonly dhcpOptions: Readonly<Record<string, readonly string[]>>;
  readonly extraLines: readonly string[];
  /** A unit that is to rest meanwhile, and where it keeps its leases. */
  readonly replaces?: { readonly unit: string; readonly leaseFile?: string | undefined };
}

/** IPv6 of one bridge: what guests are told of it, and what they lease (RFC 4861, RFC 8415). */
export interface Dhcp6 {
  /** Network prefix, host bits zero. */
  readonly cidr: string;
  readonly routerAdvertisements: "slaac" | "stateless" | "stateful" | "off";
  readonly ranges: readonly { first: string; last: string }[];
  /** Addresses are reserved, if none is leased otherwise. */
  readonly reserved: boolean;
}

/** What guests start from over the network. */
export interface Boot {
  /** Directory that is served by TFTP. */
  readonly tftpRoot?: string;
  readonly file: string;
  /** Another machine that serves it. */
  readonly server?: string;
}

export interface HostReservation {
  readonly mac: string;
  readonly address?: string | undefined;
  readonly address6?: string | undefined;
  readonly hostname?: string | undefined;
}

/** One reservation from outside a DnsmasqInstance (a VmInterface's): a part of a Dhcp. */
export interface Reservation extends HostReservation {
  readonly noun: "reservation";
  readonly name: string;
  readonly bridge: string;
}

/** A resolver to ask: for every name, or for those of one domain. */
export interface Forwarder {
  readonly domain?: string;
  readonly address: string;
}
