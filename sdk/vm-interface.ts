import type * as pulumi from "@pulumi/pulumi";
import { Bridge } from "./bridge.ts";
import { DnsmasqInstance } from "./dnsmasq-instance.ts";
import { type CommonArgs, KvmnetResource } from "./resource.ts";

export interface VmInterfaceArgs extends CommonArgs {
  /** Name or UUID of the libvirt domain. Changing it replaces the interface. */
  domain: pulumi.Input<string>;
  /** The bridge to plug into. */
  bridge: pulumi.Input<string> | Bridge;
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
  /** Bytes. Default: the bridge's. */
  mtu?: pulumi.Input<number>;
  /** Default: `up`. */
  linkState?: pulumi.Input<"up" | "down">;
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
    const { bridge, dhcp, ...rest } = args;
    const declared = bridge instanceof Bridge ? bridge : undefined;
    const server = dhcp instanceof DnsmasqInstance ? dhcp : undefined;
    const unpacked = { bridge: declared ? declared.name : bridge, dhcp: server ? server.bridge : dhcp };
    super(registration, name, { ...rest, ...unpacked }, [declared, server], opts);
  }
}
