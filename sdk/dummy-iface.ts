import type * as pulumi from "@pulumi/pulumi";
import { type CommonArgs, KvmnetResource } from "./resource.ts";

export interface DummyIfaceArgs extends CommonArgs {
  /** Name of the interface, at most 15 bytes. Default: the resource's name. Changing it replaces the interface. */
  name?: pulumi.Input<string>;
  /** MAC address. Default: derived from the resource, and stable. */
  mac?: pulumi.Input<string>;
  /** First three bytes of a derived MAC address. Default: `52:54:00` (KVM). */
  macPrefix?: pulumi.Input<"52:54:00" | "00:16:3e">;
  /** Bytes. Default: the kernel's. */
  mtu?: pulumi.Input<number>;
  /** Addresses with prefix length, such as `10.10.10.1/24`. */
  addresses?: pulumi.Input<pulumi.Input<string>[]>;
  /** A bridge that no resource declares, which the interface joins. For a declared one use `Bridge.ports`. */
  bridge?: pulumi.Input<string>;
  /** How the interface is kept over a reboot. Default: whatever keeps the host's uplink. */
  backend?: pulumi.Input<LinkBackend>;
}

/** Who keeps links on a host. */
export type LinkBackend = "networkd" | "systemd";

/** A dummy interface: a port of a bridge that is always there, or a link for addresses of the host's own (ip-link(8)). */
export class DummyIface extends KvmnetResource {
  declare readonly name: pulumi.Output<string>;
  declare readonly mac: pulumi.Output<string>;

  constructor(name: string, args: DummyIfaceArgs = {}, opts: pulumi.CustomResourceOptions = {}) {
    const registration = { type: "DummyIface", handler: "dummyIface", outputs: ["name", "mac"] };
    super(registration, name, { ...args }, [], opts);
  }
}
