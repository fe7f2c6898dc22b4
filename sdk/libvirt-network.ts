import type * as pulumi from "@pulumi/pulumi";
import { Bridge } from "./bridge.ts";
import type { Forwarder } from "./forwarder.ts";
import { type CommonArgs, KvmnetResource } from "./resource.ts";

export interface LibvirtNetworkArgs extends CommonArgs {
  /** Name of the network as `virsh net-list --all` shows it. Default: the resource's name. Changing it replaces the network. */
  name?: pulumi.Input<string>;
  /**
   * A bridge: the network is defined as one whose guests are on it. Default: none, the network is there already and keeps its
   * definition (with `adopt: true`).
   */
  bridge?: pulumi.Input<string> | Bridge;
  /**
   * What libvirt's DNS server asks on a network that keeps its definition: an address for every name, `{ domain, address }` for
   * those of one domain. They take the place of those that it has, which come back when this is left out. libvirt starts the
   * network anew for it, so it is refused while running domains use the network. Default: as its definition says.
   */
  forwarders?: pulumi.Input<pulumi.Input<string | Forwarder>[]>;
  /** Whether it is started. Refused while running domains use a network that would have to be stopped. Default: true. */
  active?: pulumi.Input<boolean>;
  /** Whether it is started with libvirt. Default: true. */
  autostart?: pulumi.Input<boolean>;
}

/**
 * A network of libvirt's: one that is there (its `default`) started or stopped, or one that names a bridge of ours, so that
 * `virt-install --network network=NAME` and virt-manager can pick it. A delete puts back what was there before.
 */
export class LibvirtNetwork extends KvmnetResource {
  declare readonly name: pulumi.Output<string>;
  /** The UUID that libvirt knows it by. */
  declare readonly uuid: pulumi.Output<string>;

  constructor(name: string, args: LibvirtNetworkArgs = {}, opts: pulumi.CustomResourceOptions = {}) {
    const registration = { type: "LibvirtNetwork", handler: "libvirtNetwork", outputs: ["name", "uuid"] };
    const { bridge, ...rest } = args;
    const declared = bridge instanceof Bridge ? bridge : undefined;
    super(registration, name, { ...rest, bridge: declared ? declared.name : bridge }, [declared], opts);
  }
}
