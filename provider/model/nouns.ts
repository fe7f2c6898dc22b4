import type { Port } from "./values/port.ts";

/**
 * The nouns that resources and backends share. A resource says what it wants in these; a backend turns each into host
 * objects. All values are validated and canonical (MACs and IPv6 lower case, prefixes with their host bits as meant).
 */
export type Noun =
  | Link
  | Nat
  | Pass
  | HostPolicy
  | GuestPolicy
  | Forward
  | Group
  | Intercept
  | Dhcp
  | Reservation
  | LibvirtNetwork
  | Nic;

export interface InterfaceAddress {
  /** Address with prefix length, such as `10.10.10.1/24`. */
  readonly address: string;
  /** IPv4 only; absent where there shall be none. */
  readonly broadcast?: string;
}

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

/** Lines of a profile of NetworkManager, of the sections `ipv4` and `ipv6` (nm-settings-keyfile(5)). */
export interface ProfileWords {
  readonly ipv4: readonly string[];
  readonly ipv6: readonly string[];
}

/** A DHCP server of the link's keeper, for its first IPv4 network. */
export interface DhcpServer {
  /** First address, counted from the network's own. */
  readonly poolOffset: number;
  readonly poolSize: number;
  /** Empty: the host's. */
  readonly dns: readonly string[];
  readonly leaseTimeSeconds: number;
}

/** What a DHCP client calls itself: its MAC address, or RFC 4361's identity association (and the machine's DUID). */
export type ClientId = "mac" | { readonly iaid: number };

/** An accept, reject or drop of traffic, with defaults filled in. */
export interface Rule {
  readonly action: "accept" | "reject" | "drop";
  readonly protocol: "tcp" | "udp" | "both" | "icmp" | "any";
  readonly ports: readonly Port[];
  readonly sourceRanges: readonly string[];
  readonly destinationRanges: readonly string[];
}

/** A rule about what the host forwards, also by where it comes in and goes out: names, or prefixes of names and `*`. Empty: any. */
export interface ForwardRule extends Rule {
  readonly inInterfaces: readonly string[];
  readonly outInterfaces: readonly string[];
}

/** Address translation and policy of one network behind a bridge. */
export interface Nat {
  readonly noun: "nat";
  readonly bridge: string;
  /** `nat` translates IPv4, and with `nat66` IPv6; `routed` translates nothing; `isolated` lets nothing out or in. */
  readonly mode: "nat" | "routed" | "isolated";
  /** Prefixes of the guests' networks, host bits zero; one of them at least. */
  readonly ipv4Cidr?: string;
  readonly ipv6Cidr?: string;
  readonly nat66: boolean;
  readonly uplinks: readonly string[] | "any";
  /** Source addresses after translation, at most one a family; without one that of the way out. */
  readonly snatAddresses: readonly string[];
  /** Source ports for TCP and UDP, such as `1024-65535`. */
  readonly natPorts: string;
  /** Destinations never translated, beyond multicast and broadcast. */
  readonly natExemptRanges: readonly string[];
  readonly guestToGuest: "allow" | "deny";
  /** What guests may reach on the host beyond DHCP, DNS and ping. */
  readonly hostServices: readonly Rule[];
  /** What others may begin with guests. */
  readonly ingress: readonly Rule[];
  /** What guests may begin with others. Unset: everything. */
  readonly egress?: readonly Rule[];
  /** Lowers the segment size that TCP agrees on to what the path takes. */
  readonly clampMss: boolean;
  /** Sends DHCP answers with a checksum that a guest's client takes. */
  readonly fillDhcpChecksum: boolean;
  /** Interfaces on which the host itself takes router advertisements, and shall go on to. */
  readonly acceptRa: readonly string[];
}

/** A bridge whose packets another firewall of the host is to let through. */
export interface Pass {
  readonly noun: "pass";
  readonly bridge: string;
  readonly firewall: "docker" | "firewalld" | "iptables" | "nftables" | "ufw";
}

/** What the host itself lets in; everything else is dropped. */
export interface HostPolicy {
  readonly noun: "host-policy";
  readonly sshPort: number;
  /** Empty: anybody. */
  readonly sshSourceRanges: readonly string[];
  readonly ping: boolean;
  readonly ingress: readonly Rule[];
  /** `ingress` decides as well about what others lead on from the host's addresses (containers' published ports). */
  readonly filterPublished: boolean;
  /** What the host forwards beyond networks of ours; all else is dropped. Unset: everything. */
  readonly forward?: readonly ForwardRule[];
}

/** What is let through in front of guests on a bridge, whether the host routes for them or not. */
export interface GuestPolicy {
  readonly noun: "guest-policy";
  readonly bridge: string;
  /** Whose ports are filtered. Unset: all ports of the bridge but `uplinks`. */
  readonly guests?: readonly GuestPort[];
  /** Ports of the bridge behind which there are no guests. */
  readonly uplinks: readonly string[];
  readonly ingress: readonly Rule[];
  readonly egress: readonly Rule[];
  readonly ingressDefault: "accept" | "drop";
  readonly egressDefault: "accept" | "drop";
  /** A guest sends from its own addresses alone; each has a MAC address then, and an IP address at least. */
  readonly antiSpoof: boolean;
}

/** A guest's port of a bridge, by the name of the host's end; and what the guest may call itself. */
export interface GuestPort {
  readonly tap: string;
  readonly mac?: string;
  /** IP addresses and networks, none of them in another. */
  readonly addresses: readonly string[];
}

/** One port forward: a part of a Nat. All of its addresses are of one family. */
export interface Forward {
  readonly noun: "forward";
  readonly name: string;
  readonly bridge: string;
  readonly target: string;
  readonly ports: readonly { protocol: "tcp" | "udp"; port: Port; targetPort: Port }[];
  /** Empty: any local address. */
  readonly listenAddresses: readonly string[];
  /** By which it comes in. Empty: any. */
  readonly listenInterfaces: readonly string[];
  /** Empty: anybody. */
  readonly sourceRanges: readonly string[];
  readonly reachableFrom: readonly ("lan" | "host" | "guests")[];
}

/** A port forward to several guests that stand in for each other: a table of its own beside its Nat's. All of one family. */
export interface Group extends Omit<Forward, "noun" | "target"> {
  readonly noun: "group";
  readonly targets: readonly string[];
  /** Who goes where: by a hash of the source address, or by chance. */
  readonly balance: "source-hash" | "random";
  readonly healthCheck?: HealthCheck;
}

/** A target is healthy while it takes TCP connections. */
export interface HealthCheck {
  readonly port: number;
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  /** In a row, until a target counts as unhealthy. */
  readonly failureThreshold: number;
  /** In a row, until it counts as healthy again. */
  readonly successThreshold: number;
}

/** What guests of a network dial, and where they are led to instead: a part of a Nat. All of one family. */
export interface Intercept {
  readonly noun: "intercept";
  readonly name: string;
  readonly bridge: string;
  /** What guests dial; `any` is whatever is beyond the host and their own network. */
  readonly addresses: readonly string[] | "any";
  readonly target: string;
  readonly ports: Forward["ports"];
  /** Set when the target is the host's loopback, where no packet from another machine may arrive. */
  readonly relays?: {
    /** The host's address on the bridge, with prefix length. */
    readonly address: string;
    /** Each listens on a port of its own; `udp` speaks DNS. */
    readonly listeners: readonly { protocol: "tcp" | "udp"; port: number; targetPort: number }[];
  };
}

export interface HostReservation {
  readonly mac: string;
  readonly address?: string | undefined;
  readonly address6?: string | undefined;
  readonly hostname?: string | undefined;
}

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

/** A network of libvirt's. */
export interface LibvirtNetwork {
  readonly noun: "libvirt-network";
  readonly name: string;
  /** Unset: its definition is not ours. */
  readonly bridge?: string;
  /** What its DNS server asks, where the rest of its definition is not ours. Unset: that is not ours, either. */
  readonly forwarders?: readonly Forwarder[];
  readonly active: boolean;
  readonly autostart: boolean;
}

/** A NIC of a libvirt domain. */
export interface Nic {
  readonly noun: "nic";
  readonly uri: string;
  readonly domain: string;
  readonly mac: string;
  readonly source: NicSource;
  /** Name of the host's end; unset: libvirt's choice, which may be another one after each start. */
  readonly tap?: string;
  /** Unset for drivers without models (LXC), and for hardware. */
  readonly model?: string;
  readonly queues?: number;
  readonly mtu?: number;
  /** KiB/s to the guest, and from it. */
  readonly bandwidth?: { readonly inbound?: number; readonly outbound?: number };
  /** One of libvirt's network filters. */
  readonly filter?: string;
  readonly linkState?: "up" | "down";
  /** Kept apart from other isolated ports of its bridge. */
  readonly isolated: boolean;
  /** A running domain is left as it is. */
  readonly nextBoot: boolean;
}

/** What a NIC of a domain is plugged into: a bridge, a libvirt network, an interface of the host (macvtap), or hardware. */
export type NicSource =
  | { readonly type: "bridge"; readonly bridge: string }
  | { readonly type: "network"; readonly network: string }
  | { readonly type: "direct"; readonly nic: string; readonly mode: string }
  /** An SR-IOV virtual function, by its PCI address such as `0000:03:10.1`. */
  | { readonly type: "hostdev"; readonly address: string };
