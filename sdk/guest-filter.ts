import type * as pulumi from "@pulumi/pulumi";
import { Bridge } from "./bridge.ts";
import type { Rule } from "./nat-network.ts";
import { type CommonArgs, KvmnetResource } from "./resource.ts";
import { VmInterface } from "./vm-interface.ts";

/** A guest that is filtered, and the addresses and networks that it may send from with `antiSpoof`. */
export type FilteredGuest =
  | VmInterface
  /** For an interface whose address is not reserved here: one of the LAN's. */
  | { nic: VmInterface; addresses: pulumi.Input<pulumi.Input<string>[]> }
  /** For an interface that is declared nowhere: `tap` is the host's end, by a name that libvirt does not give itself. */
  | { tap: pulumi.Input<string>; mac?: pulumi.Input<string>; addresses?: pulumi.Input<pulumi.Input<string>[]> };

export interface GuestFilterArgs extends CommonArgs {
  /** The bridge that the guests are plugged into. Changing it replaces the filter. */
  bridge: pulumi.Input<string> | Bridge;
  /**
   * Whom it filters; other guests of the bridge go on as before. Each VmInterface needs a `tap`, since a guest is told by its
   * port: an address in a frame is what its sender writes there. Default: all ports of the bridge but `uplinks`, those that come
   * later too; that needs the kernel's nft_meta_bridge.
   */
  guests?: FilteredGuest[];
  /**
   * Ports of the bridge with the LAN behind them, not a guest. Default: `uplink` and `ports` of the Bridge. Of a bridge that is
   * given by its name, none; a NIC among its ports is an error then, before anything is changed.
   */
  uplinks?: pulumi.Input<pulumi.Input<string>[]>;
  /** What others (the LAN, other guests, the host itself) may begin with guests, in this order. `reject` is not possible here. */
  ingress?: pulumi.Input<pulumi.Input<Rule>[]>;
  /** What guests may begin with others, in this order. */
  egress?: pulumi.Input<pulumi.Input<Rule>[]>;
  /** All else that others begin. Default: `drop`. */
  ingressDefault?: pulumi.Input<"accept" | "drop">;
  /** All else that guests begin, frames that are neither IP nor ARP too. Default: `accept`. */
  egressDefault?: pulumi.Input<"accept" | "drop">;
  /**
   * Each of `guests` sends from its MAC address and its addresses alone, in ARP and neighbour discovery too; it is no router and
   * no DHCP server. Of IPv6 that is what is listed, and the link-local address made of its MAC address: a guest that makes up
   * others needs a network in its list, such as `2001:db8:1::/64`, `fe80::/64`. Default: false.
   */
  antiSpoof?: pulumi.Input<boolean>;
  /** Default: `nftables`; there is no other. */
  backend?: pulumi.Input<"nftables">;
}

/**
 * A perimeter firewall in front of the guests of a bridge, above all of one with an `uplink`: what is bridged passes by the
 * host's own rules and by HostFirewall. Answers, ARP, neighbour discovery, DHCP and membership of multicast groups always pass.
 * Rules meet what is in a VLAN's frames, and fragments as the whole that they were. It needs Linux 5.3 with nf_conntrack_bridge,
 * which Debian has.
 */
export class GuestFilter extends KvmnetResource {
  declare readonly bridge: pulumi.Output<string>;
  /** Name of the nftables table, of the bridge family. */
  declare readonly table: pulumi.Output<string>;

  constructor(name: string, args: GuestFilterArgs, opts: pulumi.CustomResourceOptions = {}) {
    const { bridge, guests, ...rest } = args;
    const declared = bridge instanceof Bridge ? bridge : undefined;
    const unpacked = {
      bridge: declared ? declared.name : bridge,
      ...(guests
        ? { guests: guests.map((guest) => portOf(guest, rest.antiSpoof)) }
        : { uplinks: rest.uplinks ?? declared?.ownPorts }),
    };
    const nics = (guests ?? []).map(nicOf);
    super(
      { type: "GuestFilter", handler: "guestFilter", outputs: ["table"] },
      name,
      { ...rest, ...unpacked },
      [declared, ...nics],
      opts,
    );
  }
}

function nicOf(guest: FilteredGuest): VmInterface | undefined {
  if (guest instanceof VmInterface) return guest;
  return "nic" in guest ? guest.nic : undefined;
}

/** What the provider is told of a guest. A leased address is no use, and unknown at first, where nobody is held to it. */
function portOf(guest: FilteredGuest, antiSpoof: GuestFilterArgs["antiSpoof"]): Record<string, unknown> {
  const nic = nicOf(guest);
  if (!nic) return { ...guest };
  const port = { tap: nic.tap, mac: nic.mac };
  if (!(guest instanceof VmInterface)) return { ...port, addresses: guest.addresses };
  if (!antiSpoof) return port;
  return { ...port, addresses: nic.address.apply((address) => (address === undefined ? undefined : [address])) };
}
