/** A network interface that we create: a bridge or a dummy (ip-link(8)). */
export interface Link {
  readonly noun: "link";
  readonly name: string;
  readonly type: "bridge" | "dummy";
  readonly mac: string;
  readonly mtu?: number;
  readonly addresses: readonly InterfaceAddress[];
  /** The bridge that a dummy joins. */
  readonly master?: string;
  /** Of a bridge: interfaces that become its ports. */
  readonly ports: readonly string[];
  /** The port whose addresses and routes have moved to the bridge. */
  readonly uplink?: string;
  /** Has a DHCP client; with what identifier, else its keeper's default. */
  readonly dhcp4?: { readonly clientId?: ClientId };
  /** Takes addresses and routes from router advertisements. */
  readonly acceptRa?: boolean;
  /** Routes through a gateway; `0.0.0.0/0` and `::/0` are the default routes. */
  readonly routes?: readonly { readonly prefix: string; readonly gateway: string }[];
  readonly nameservers?: readonly string[];
  /** The uplink's addressing in the words of its keeper. */
  readonly profile?: ProfileWords;
  readonly stp?: boolean;
  readonly forwardDelaySeconds?: number;
  readonly multicastSnooping?: boolean;
  /** Of a bridge: looks at VLAN tags; each port is an untagged member of VLAN 1 unless somebody says otherwise. */
  readonly vlanFiltering?: boolean;
  readonly dhcpServer?: DhcpServer | undefined;
}

export interface InterfaceAddress {
  /** Address with prefix length, such as `10.10.10.1/24`. */
  readonly address: string;
  /** IPv4 only; absent where there shall be none. */
  readonly broadcast?: string;
}

/** Lines of a profile of NetworkManager, of the sections `ipv4` and `ipv6` (nm-settings-keyfile(5)). */
export interface ProfileWords {
  readonly ipv4: readonly string[];
  readonly ipv6: readonly string[];
}

/** What a DHCP client calls itself: its MAC address, or RFC 4361's identity association (and the machine's DUID). */
export type ClientId = "mac" | { readonly iaid: number };

/** A DHCP server of the link's keeper, for its first IPv4 network. */
export interface DhcpServer {
  /** First address, counted from the network's own. */
  readonly poolOffset: number;
  readonly poolSize: number;
  /** Empty: the host's. */
  readonly dns: readonly string[];
  readonly leaseTimeSeconds: number;
}
