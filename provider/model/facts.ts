/** What the product knows of a host before it plans: read-only, gathered in one request (`provider/host/facts.ts`). */
export interface Facts {
  /** `/etc/machine-id`: which machine this is, whatever it is called. */
  readonly machineId: string;
  /** Who owns the host's uplink, hence where links are kept. */
  readonly links: LinkBackend;
  /** Network managers that run there, whether or not they own the uplink. */
  readonly managers: readonly NetworkManager[];
  readonly firewall: FirewallBackend;
  /** Of the host's ifupdown, if it has one. */
  readonly ifupdown: readonly IfupdownTrait[];
  /** Profiles of NetworkManager that are active, if they are keyfiles. */
  readonly profiles: readonly Profile[];
  /** Interfaces with a default route. */
  readonly uplinks: readonly { readonly name: string; readonly wireless: boolean }[];
  readonly addresses: readonly { readonly link: string; readonly address: string }[];
  /** Without the default route. */
  readonly routes: readonly { readonly link: string; readonly prefix: string }[];
  /** Names of all network interfaces. */
  readonly interfaces: readonly string[];
  /** Ethernet interfaces that are no bridges and no taps. */
  readonly nics: readonly Nic[];
  /** Global addresses, IPv4 and IPv6. */
  readonly carried: readonly {
    readonly link: string;
    readonly address: string;
    readonly broadcast?: string;
    /** From DHCP or a router advertisement. */
    readonly dynamic: boolean;
  }[];
  /** Routes through a gateway, the default routes too. */
  readonly gateways: readonly {
    readonly link: string;
    readonly prefix: string;
    readonly gateway: string;
    readonly dynamic: boolean;
  }[];
  /** Interfaces with an address or a default route from a router advertisement that the kernel took (accept_ra). */
  readonly acceptRa: readonly string[];
  /** DHCP leases of systemd-networkd; the client identifier (RFC 4361) in hexadecimal. */
  readonly leases: readonly { readonly link: string; readonly address: string; readonly clientId: string }[];
  /** Resolvers that systemd-networkd was given for a link, without those from its lease. */
  readonly resolvers: readonly { readonly link: string; readonly address: string }[];
  /** The SSH connection as the host sees it; absent when sudo hid it. */
  readonly ssh?: { readonly clientAddress: string; readonly serverAddress: string; readonly serverPort: number };
  /** Of the programs that the product can use, those installed, such as `nft`, `dnsmasq`, `virsh`. */
  readonly programs: readonly string[];
  /** A dnsmasq that serves the whole system is enabled, and needs a drop-in beside ours. */
  readonly systemDnsmasq: boolean;
}

/** What a profile of NetworkManager says of IPv4 and IPv6, line by line. */
export interface Profile {
  readonly link: string;
  /** Of routes for which it says none. */
  readonly metric?: number;
  readonly ipv4: readonly string[];
  readonly ipv6: readonly string[];
}

/** A network interface that could be an uplink. */
export interface Nic {
  readonly name: string;
  readonly wireless: boolean;
  /** Who configures it now. */
  readonly owner: LinkBackend | "none";
  readonly mac: string;
  /** The bridge or bond that it is a port of. */
  readonly master?: string;
}

/**
 * `debian`: it is Debian's own, not one of the others that are called so; `sources`: /etc/network/interfaces reads all of
 * interfaces.d; `mappings`: somebody has mappings there.
 */
export type IfupdownTrait = "debian" | "sources" | "mappings";

/** A daemon that looks after any interface it is not told to leave alone. */
export type NetworkManager = "networkd" | "networkmanager";
export type LinkBackend = "networkd" | "networkmanager" | "ifupdown" | "systemd";
export type FirewallBackend = "nftables" | "iptables";
