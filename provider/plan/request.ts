import type { PlanChange } from "./plan.ts";

/**
 * What one resource asks of its host inside a transaction. Everything here travels as data (see `encodeRequest`): the
 * host's runtime never evaluates it.
 */
export interface Member {
  /** The resource's URN: the owner that marks its objects on the host. */
  readonly owner: string;
  /** The URN before, when the resource was renamed: objects with it and this nonce are the owner's, and are marked anew. */
  readonly formerly?: string;
  /** A token made by this resource's create; a delete removes only what still carries it. */
  readonly nonce: string;
  /** Take over objects that nobody owns. */
  readonly adopt: boolean;
  /**
   * Seconds in which the change must be confirmed over a new connection, or the host undoes it. Unset: the host looks
   * itself whether it can cut the client's path, and gives it 60.
   */
  readonly confirm?: number;
  readonly change: PlanChange;
  /** Texts of `change.put` and `change.touch`. */
  readonly texts: Readonly<Record<string, string>>;
  readonly expects: readonly Expect[];
  readonly reads: readonly Read[];
}

/** A condition that the host checks before anything is touched: the name of a check in the runtime and its words. */
export type Expect =
  /** It is this machine (its machine id). */
  | readonly ["machine", hostId: string]
  /** No program listens on, and no other resource forwards, this port. `address` `0.0.0.0` is any, and `link` `*`. */
  | readonly ["port-free", protocol: "tcp" | "udp", address: string, firstPort: number, lastPort: number, link: string]
  /** No route of the host (but on `link`) overlaps the prefix. */
  | readonly ["no-route", cidr: string, link: string]
  /** No other link than these has a route for this very prefix: with two, the host's way there is anyone's guess. */
  | readonly ["route-free", prefix: string, link: string, uplink: string]
  /** The interface exists. */
  | readonly ["link-exists", link: string]
  /** The interface carries no address of the host: it may become a port. */
  | readonly ["link-bare", link: string]
  /** The kernel has bridges that look at VLAN tags (CONFIG_BRIDGE_VLAN_FILTERING). */
  | readonly ["vlan-filtering"]
  /** Of the bridge's ports, all that are NICs are among these, which commas part. */
  | readonly ["nics-listed", bridge: string, nics: string]
  /** The libvirt domain exists. */
  | readonly ["domain-exists", uri: string, domain: string]
  /** A directory or file that anybody may read, by a way that anybody may go. */
  | readonly ["readable", path: string]
  /** The unit runs. */
  | readonly ["unit-active", unit: string]
  /** The interface exists, and is no Wi-Fi. */
  | readonly ["link-wired", link: string]
  /** The interface carries no address of the host, and nothing of the host stands on it: a guest may have it alone. */
  | readonly ["link-unused", link: string]
  /** libvirt has the network filter. */
  | readonly ["filter-exists", uri: string, filter: string]
  /** The PCI device is an SR-IOV virtual function, and the host does not use it itself. */
  | readonly ["virtual-function", address: string]
  /** libvirt has the network. */
  | readonly ["network-exists", network: string]
  /** No running domain is on the network, or the network is on that bridge already. */
  | readonly ["network-idle", network: string, bridge: string]
  /**
   * libvirt answers names on the network; and asks these resolvers for them already (`ADDRESS` or `DOMAIN=ADDRESS`, blanks between), or
   * no running domain is on the network.
   */
  | readonly ["network-forwarders", network: string, forwarders: string]
  /** A program is installed (`program` as in PATH; the Debian package that has it). */
  | readonly ["program", program: string, debianPackage: string]
  /** The network's table is there (a part needs its container). */
  | readonly ["ruleset-exists", family: string, table: string]
  /** The extra lines of a dnsmasq configuration are understood: `dnsmasq --test` on the staged file. */
  | readonly ["dnsmasq-test", path: string]
  /** dnsmasq is let into the directory, by AppArmor too. Asked when the new files are beside their targets, so that it is there. */
  | readonly ["dnsmasq-reads", directory: string];

/** Live values to report with the transaction. */
export type Read =
  | readonly ["leases", path: string]
  | readonly ["tap", uri: string, domain: string, mac: string]
  /** What the stored definition says of a NIC and the running domain does not have yet. */
  | readonly ["nic-waits", uri: string, domain: string, mac: string]
  | readonly ["domain-state", uri: string, domain: string]
  /** Of the whole libvirt: `asked`, then UUID and name of each domain that runs, a line each. */
  | readonly ["running-domains", uri: string]
  /** In the form of dnsmasq's, of whoever serves the network. */
  | readonly ["network-leases", network: string, mac: string]
  | readonly ["network-uuid", network: string]
  | readonly ["addresses"]
  /** Of the whole host: what may drop a bridge's packets. */
  | readonly ["blockers"]
  /** Of the whole host: bridges that guests share with a NIC, and tables of the bridge family. */
  | readonly ["bridged"]
  /** Of the whole host: ports that other programs publish for their containers. */
  | readonly ["published"];
