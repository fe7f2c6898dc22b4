import * as pulumi from "@pulumi/pulumi";
import { Bridge } from "./bridge.ts";
import { DnsmasqInstance } from "./dnsmasq-instance.ts";
import { LibvirtNetwork } from "./libvirt-network.ts";
import { NatNetwork } from "./nat-network.ts";
import { type CommonArgs, KvmnetResource } from "./resource.ts";
import type { VirtualNetwork } from "./virtual-network.ts";

/** How a macvtap device treats frames between guests of one interface (ip-link(8), type macvtap). */
export type MacvtapMode = "bridge" | "vepa" | "private" | "passthrough";

interface Sources {
  /** The network to plug into, or its bridge. A VirtualNetwork brings its DnsmasqInstance along. */
  network: pulumi.Input<string> | NatNetwork | VirtualNetwork;
  /** The bridge to plug into. */
  bridge: pulumi.Input<string> | Bridge;
  /** The libvirt network to plug into. */
  libvirtNetwork: pulumi.Input<string> | LibvirtNetwork;
  /**
   * An interface of the host that the guest shares by a macvtap device; in mode `bridge` if no other is given. Guest and host
   * do not see each other over it. In mode `passthrough` the guest has all of it, with its own MAC address; refused where the host
   * uses it.
   */
  macvtap: pulumi.Input<string | { nic: pulumi.Input<string>; mode?: pulumi.Input<MacvtapMode> }>;
  /** PCI address, such as `0000:03:10.1`, of an SR-IOV virtual function that the guest drives itself; refused where the host uses it. */
  pciDevice: pulumi.Input<string>;
}

/** What a NIC is plugged into: one of these. */
export type Attachment = {
  [One in keyof Sources]: Pick<Sources, One> & { [Other in Exclude<keyof Sources, One>]?: never };
}[keyof Sources];

export type VmInterfaceArgs = NicArgs & Attachment;

/** How a NIC is, whatever it is plugged into. */
export interface NicArgs extends CommonArgs {
  /** Name or UUID of the libvirt domain. Changing it replaces the interface. */
  domain: pulumi.Input<string>;
  /** A libvirt of the host for the whole machine, not one user's session. Default: `qemu:///system`. Changing it replaces the interface. */
  uri?: pulumi.Input<string>;
  /** Where `address` and `hostname` are reserved. Default: the VirtualNetwork's. */
  dhcp?: pulumi.Input<string> | DnsmasqInstance;
  /** Address to reserve. Default: whatever dnsmasq leases. */
  address?: pulumi.Input<string>;
  /** IPv6 address to reserve; the DnsmasqInstance must lease some by DHCPv6. */
  address6?: pulumi.Input<string>;
  /** Name to reserve. */
  hostname?: pulumi.Input<string>;
  /** MAC address. Default: derived from the resource, and stable. Changing it re-attaches the interface. */
  mac?: pulumi.Input<string>;
  /**
   * Name of the host's end, 15 bytes at most, by which a GuestFilter knows it. Not one that begins with `vnet`, `vif`, `macvtap`
   * or `macvlan`. Changing it plugs the interface out and in. Default: libvirt's choice, which may be another after each start.
   */
  tap?: pulumi.Input<string>;
  /** Default: `virtio`. */
  model?: pulumi.Input<"virtio" | "e1000e" | "rtl8139">;
  /** Pairs of queues of a virtio NIC, 1 to 256. Default: 1. */
  queues?: pulumi.Input<number>;
  /** Bytes. Default: the network's. */
  mtu?: pulumi.Input<number>;
  /** Limits in KiB/s, to the guest and from it (tc(8), to whom libvirt hands them, takes 1000 bytes for each). Default: none. */
  bandwidth?: pulumi.Input<{ inboundKiBps?: pulumi.Input<number>; outboundKiBps?: pulumi.Input<number> }>;
  /** One of libvirt's network filters (`virsh nwfilter-list`), such as `clean-traffic`. Default: none. */
  filter?: pulumi.Input<string>;
  /** Default: `up`. */
  linkState?: pulumi.Input<"up" | "down">;
  /** No frames between this port of the bridge and other isolated ones (bridge(8)). Default: false. */
  isolated?: pulumi.Input<boolean>;
  /** `next-boot` leaves a running domain as it is and changes its stored definition alone. Default: `auto`. */
  apply?: pulumi.Input<"auto" | "next-boot">;
  /** Seconds to wait for the address; 0 does not wait. Default: 30. */
  waitForAddressSeconds?: pulumi.Input<number>;
}

/** A NIC of a libvirt domain, in the running domain and in its stored definition as the domain's state allows. */
export class VmInterface extends KvmnetResource {
  declare readonly domain: pulumi.Output<string>;
  declare readonly mac: pulumi.Output<string>;
  /** The reserved address, or the one that the guest leased. */
  declare readonly address: pulumi.Output<string>;
  /** The reserved one, if there is one. */
  declare readonly address6: pulumi.Output<string | undefined>;
  /** The host's end; unless it has a name of its own, such as `vnet0`, and absent while the domain does not run. */
  declare readonly tap: pulumi.Output<string>;
  declare readonly effect: pulumi.Output<"live" | "next boot" | "guest must renew its lease">;

  constructor(name: string, args: VmInterfaceArgs, opts: pulumi.CustomResourceOptions = {}) {
    const registration = {
      type: "VmInterface",
      handler: "vmInterface",
      outputs: ["mac", "tap", "address", "address6", "effect"],
    };
    const { network: _network, bridge: _bridge, libvirtNetwork, dhcp: given, ...rest } = args;
    const into = plugged(name, args);
    const dhcp = given ?? into.dhcp;
    const server = dhcp instanceof DnsmasqInstance ? dhcp : undefined;
    const libvirt = libvirtNetwork instanceof LibvirtNetwork ? libvirtNetwork : undefined;
    const unpacked = {
      bridge: into.bridge,
      // What is reserved is checked against the bridge's networks.
      ...((args.address ?? args.address6) !== undefined && into.hostAddresses && { hostAddresses: into.hostAddresses }),
      libvirtNetwork: libvirt ? libvirt.name : libvirtNetwork,
      dhcp: server ? server.bridge : dhcp,
    };
    super(registration, name, { ...rest, ...unpacked }, [into.declared, libvirt, server], opts);
  }
}

/** The bridge's name, the resource that it comes from, and where that one reserves addresses. */
interface Plugged {
  readonly bridge: pulumi.Input<string> | undefined;
  readonly declared?: KvmnetResource;
  readonly dhcp?: DnsmasqInstance | undefined;
  readonly hostAddresses?: pulumi.Output<string[]>;
}

function plugged(name: string, { network, bridge }: VmInterfaceArgs): Plugged {
  if (network !== undefined && bridge !== undefined) {
    throw new pulumi.RunError(`network: VmInterface "${name}" has a bridge, too. Leave one of them out.`);
  }
  // By the base class: the component's file imports that of the forwards, and that one this.
  if (network instanceof pulumi.ComponentResource) return { ...ofBridge(network.bridge), dhcp: network.dhcp };
  if (network instanceof NatNetwork) {
    return { bridge: network.bridge, declared: network, hostAddresses: network.gateways };
  }
  return bridge instanceof Bridge ? ofBridge(bridge) : { bridge: network ?? bridge };
}

function ofBridge(bridge: Bridge): Plugged {
  return { bridge: bridge.name, declared: bridge, hostAddresses: bridge.hostAddresses };
}
