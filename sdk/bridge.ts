import * as pulumi from "@pulumi/pulumi";
import { DummyIface, type LinkBackend } from "./dummy-iface.ts";
import { type CommonArgs, KvmnetResource } from "./resource.ts";

/** An address of a bridge; the broadcast address is deduced for IPv4 when left out, and `none` has none. */
export type BridgeAddress = string | { address: pulumi.Input<string>; broadcast?: pulumi.Input<string> };

export interface BridgeArgs extends CommonArgs {
  /** Name of the bridge, at most 15 bytes. Default: the resource's name. Changing it replaces the bridge. */
  name?: pulumi.Input<string>;
  /** MAC address. Default: the uplink's, else derived from the resource, and stable. */
  mac?: pulumi.Input<string>;
  /** First three bytes of a derived MAC address. Default: `52:54:00` (KVM). */
  macPrefix?: pulumi.Input<"52:54:00" | "00:16:3e">;
  /**
   * A wired interface that becomes a port, and whose addresses, DHCP, routes and resolvers move to the bridge. The change
   * must prove itself: without a new connection to the host in `confirmTimeoutSeconds` the host undoes it. Where NetworkManager or ifupdown
   * keeps it, they address the bridge as they did the interface: `addresses` and the like cannot say otherwise.
   */
  uplink?: pulumi.Input<string>;
  /** Interfaces that become ports. They must carry no address. */
  ports?: pulumi.Input<string>[] | (pulumi.Input<string> | DummyIface)[];
  /** Addresses of the host on the bridge, with prefix length, such as `10.10.10.1/24`. Default: the uplink's, else none. */
  addresses?: pulumi.Input<pulumi.Input<BridgeAddress>[]>;
  /** Get an IPv4 address by DHCP (systemd-networkd). Default: as the uplink does, else false. */
  dhcp4?: pulumi.Input<boolean>;
  /** Take addresses and routes from router advertisements. Default: as the uplink does, else false. */
  acceptRa?: pulumi.Input<boolean>;
  /** Gateways of default routes. Default: the uplink's, else none. */
  gateways?: pulumi.Input<pulumi.Input<string>[]>;
  /** Resolvers. Default: the uplink's, else none. */
  nameservers?: pulumi.Input<pulumi.Input<string>[]>;
  /** Seconds to prove a change in that can cut the path to the host, 10 to 600. Default: 60 with `uplink`. */
  confirmTimeoutSeconds?: pulumi.Input<number>;
  /** Spanning tree protocol. Default: false. */
  stp?: pulumi.Input<boolean>;
  /** Seconds in each of the listening and learning states, 2 to 30. Default: 2 with `stp`, else 0. */
  forwardDelaySeconds?: pulumi.Input<number>;
  /** Bytes. Default: the kernel's. */
  mtu?: pulumi.Input<number>;
  /** IGMP and MLD snooping. Default: true. */
  multicastSnooping?: pulumi.Input<boolean>;
  /**
   * Look at VLAN tags (IEEE 802.1Q). The host, guests and `ports` are then in VLAN 1, without tags, and no other tag passes: until the host's
   * owner (`bridge vlan`, bridge(8)) or the guest's definition (`<vlan>`, libvirt 11) makes a port a member of another VLAN, guests
   * can neither send into one nor listen to it. Without it, tagged frames pass like all others. Default: false.
   */
  vlanFiltering?: pulumi.Input<boolean>;
  /**
   * systemd-networkd leases addresses of the bridge's first IPv4 network; it must keep the host's links. Default: none. With names,
   * reservations or leases to be seen, use a DnsmasqInstance.
   */
  dhcpServer?: pulumi.Input<{
    /** First address to lease, counted from the network's own. Default: 1. */
    poolOffset?: pulumi.Input<number>;
    /** Addresses to lease. Default: the rest of the network. */
    poolSize?: pulumi.Input<number>;
    /** Resolvers that guests are told of, IPv4. Default: the host's. */
    dns?: pulumi.Input<pulumi.Input<string>[]>;
    /** Seconds, 120 at least. Default: 3600. */
    leaseTimeSeconds?: pulumi.Input<number>;
  }>;
  /** How the bridge is kept over a reboot. Default: whatever keeps the host's uplink. */
  backend?: pulumi.Input<LinkBackend>;
}

/** A bridge that the host routes for, or that joins given interfaces (ip-link(8), type bridge). */
export class Bridge extends KvmnetResource {
  declare readonly name: pulumi.Output<string>;
  declare readonly mac: pulumi.Output<string>;
  /** The network of the first IPv4 address, such as `10.10.10.0/24`. */
  declare readonly ipv4Cidr: pulumi.Output<string>;
  /** The network of the first IPv6 address. */
  declare readonly ipv6Cidr: pulumi.Output<string>;
  /** The first IPv4 address: what guests use as their gateway. */
  declare readonly gateway: pulumi.Output<string>;
  /** The host's addresses on the bridge, with prefix length: its static ones, of both families. */
  declare readonly hostAddresses: pulumi.Output<string[]>;
  /** Its `uplink` and `ports`: those behind which there is no guest. */
  readonly ownPorts: pulumi.Output<string[]>;

  constructor(name: string, args: BridgeArgs = {}, opts: pulumi.CustomResourceOptions = {}) {
    const registration = {
      type: "Bridge",
      handler: "bridge",
      outputs: ["name", "mac", "ipv4Cidr", "ipv6Cidr", "gateway", "hostAddresses"],
    };
    const { ports, ...rest } = args;
    const anchors = (ports ?? []).filter((port) => port instanceof DummyIface);
    const names = ports?.map((port) => (port instanceof DummyIface ? port.name : pulumi.output(port)));
    super(registration, name, { ...rest, ports: names }, anchors, opts);
    this.ownPorts = pulumi
      .all([rest.uplink, ...(names ?? [])])
      .apply((all) => all.filter((port) => port !== undefined));
  }
}
