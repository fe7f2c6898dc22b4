import type * as pulumi from "@pulumi/pulumi";
import { Bridge } from "./bridge.ts";
import { DnsmasqInstance } from "./dnsmasq-instance.ts";
import { LibvirtNetwork } from "./libvirt-network.ts";
import { type CommonArgs, KvmnetResource } from "./resource.ts";

/** How a macvtap device treats frames between guests of one interface (ip-link(8), type macvtap). */
export type MacvtapMode = "bridge" | "vepa" | "private" | "passthrough";

export interface VmInterfaceArgs extends CommonArgs {
  /** Name or UUID of the libvirt domain. Changing it replaces the interface. */
  domain: pulumi.Input<string>;
  /** The bridge to plug into. One of `bridge`, `libvirtNetwork`, `macvtap` and `pciDevice` is given. */
  bridge?: pulumi.Input<string> | Bridge;
  /** The libvirt network to plug into. */
  libvirtNetwork?: pulumi.Input<string> | LibvirtNetwork;
  /**
   * An interface of the host that the guest shares by a macvtap device; in mode `bridge` if no other is given. Guest and host
   * do not see each other over it.
   */
  macvtap?: pulumi.Input<string | { nic: pulumi.Input<string>; mode?: pulumi.Input<MacvtapMode> }>;
  /** PCI address, such as `0000:03:10.1`, of an SR-IOV virtual function that the guest drives itself. */
  pciDevice?: pulumi.Input<string>;
  /** libvirt connection. Default: `qemu:///system`. */
  uri?: pulumi.Input<string>;
  /** Where `address` and `hostname` are reserved. */
  dhcp?: pulumi.Input<string> | DnsmasqInstance;
  /** Address to reserve. Default: whatever dnsmasq leases. */
  address?: pulumi.Input<string>;
  /** Name to reserve. */
  hostname?: pulumi.Input<string>;
  /** MAC address. Default: derived from the resource, and stable. Changing it re-attaches the interface. */
  mac?: pulumi.Input<string>;
  /** Default: `virtio`. */
  model?: pulumi.Input<"virtio" | "e1000e" | "rtl8139">;
  /** Pairs of queues of a virtio NIC, 1 to 256. Default: 1. */
  queues?: pulumi.Input<number>;
  /** Bytes. Default: the network's. */
  mtu?: pulumi.Input<number>;
  /** Limits in KiB/s, to the guest and from it. Default: none. */
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
  /** The host's end, such as `vnet0`; absent while the domain does not run. */
  declare readonly tap: pulumi.Output<string>;
  declare readonly effect: pulumi.Output<"live" | "next boot" | "guest must renew its lease">;

  constructor(name: string, args: VmInterfaceArgs, opts: pulumi.CustomResourceOptions = {}) {
    const registration = {
      type: "VmInterface",
      handler: "vmInterface",
      outputs: ["mac", "tap", "address", "effect"],
    };
    const { bridge, libvirtNetwork, dhcp, ...rest } = args;
    const declared = bridge instanceof Bridge ? bridge : undefined;
    const server = dhcp instanceof DnsmasqInstance ? dhcp : undefined;
    const network = libvirtNetwork instanceof LibvirtNetwork ? libvirtNetwork : undefined;
    const unpacked = {
      bridge: declared ? declared.name : bridge,
      libvirtNetwork: network ? network.name : libvirtNetwork,
      dhcp: server ? server.bridge : dhcp,
    };
    super(registration, name, { ...rest, ...unpacked }, [declared, network, server], opts);
  }
}
