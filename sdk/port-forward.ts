import * as pulumi from "@pulumi/pulumi";
import { NatNetwork, type Port, type Protocol } from "./nat-network.ts";
import { type CommonArgs, KvmnetResource } from "./resource.ts";
import type { VirtualNetwork } from "./virtual-network.ts";
import { VmInterface } from "./vm-interface.ts";

/** A port or range of the host, and where it goes when not to the same port. */
export type PortMap =
  | Port
  | { port: pulumi.Input<Port>; targetPort?: pulumi.Input<Port>; protocol?: pulumi.Input<Protocol> };

/** When a target counts as healthy: while it takes TCP connections. */
export interface HealthCheckArgs {
  /** Of the targets. Default: where the first TCP port of `ports` leads. */
  port?: pulumi.Input<number>;
  /** Seconds from one look to the next. Default: 5. */
  periodSeconds?: pulumi.Input<number>;
  /** Seconds that a connection may take, at most `periodSeconds`. Default: 2. */
  timeoutSeconds?: pulumi.Input<number>;
  /** Looks in a row at which it takes none, until it is left out and its connections are cut. Default: 3. */
  failureThreshold?: pulumi.Input<number>;
  /** Looks in a row at which it takes one, until it is led to again. Default: 2. */
  successThreshold?: pulumi.Input<number>;
}

export interface PortForwardArgs extends CommonArgs {
  /** Default: the resource's name. Changing it replaces the forward. */
  name?: pulumi.Input<string>;
  /** The network that the target is in, or its bridge. Changing it replaces the forward. */
  network: pulumi.Input<string> | NatNetwork | VirtualNetwork;
  /**
   * The guest: its address, or its interface, whose address the forward then follows. IPv4 or IPv6, and all addresses of the
   * forward with it. A list (at most 16) has connections shared out among its guests. With `intercept`, any one address; the
   * host's loopback is reached by a relay.
   */
  target:
    | pulumi.Input<string>
    | VmInterface
    | pulumi.Input<pulumi.Input<string>[]>
    | (pulumi.Input<string> | VmInterface)[];
  /** At most 4,096 ports a forward. */
  ports: pulumi.Input<pulumi.Input<PortMap>[]>;
  /** Default: `tcp`. */
  protocol?: pulumi.Input<Protocol>;
  /** Addresses of the host. Default: any. */
  listenAddresses?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Interfaces of the host by which it comes in, such as a Wi-Fi NIC, whatever address they have; of what is bridged, the bridge. Nothing of
   * the host's own comes in by any, and guests come in by their network's bridge. Instead of `reachableFrom`. Forwards of the
   * same port by other interfaces may lead elsewhere. With `listenAddresses` both must hold. Default: any.
   */
  listenInterfaces?: pulumi.Input<pulumi.Input<string>[]>;
  /** Who may use the forward, as CIDR ranges. Default: anybody. */
  sourceRanges?: pulumi.Input<pulumi.Input<string>[]>;
  /** From where; not beside `listenInterfaces`. Default: all three. */
  reachableFrom?: pulumi.Input<pulumi.Input<"lan" | "host" | "guests">[]>;
  /**
   * The reverse wish: what the network's guests dial, and are led to `target` from. `any` is whatever is neither the host nor in
   * their own network; an intercept of one address goes first. To the host's loopback (`127.0.0.1`, `::1`)
   * go TCP, and UDP of port 53, which is taken for DNS; the network must be a NatNetwork. Default: none.
   */
  intercept?: pulumi.Input<string> | pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Which of several targets a connection goes to: by a hash of the source address, the same one each time, or by chance. When the
   * list changes, some clients come to another guest. Default: `source-hash`.
   */
  balance?: pulumi.Input<"source-hash" | "random">;
  /**
   * Has the host look at the targets (a systemd timer; it needs bash there): one that takes no connections is left out until it
   * does again, and clients of the others stay where they are. A target is taken for healthy until it is found otherwise; with
   * none that is healthy, all are led to. Default: none, all are always led to.
   */
  healthCheck?: pulumi.Input<HealthCheckArgs>;
}

/** Ports of the host that lead to a guest; with `intercept`, addresses that guests dial and that lead elsewhere. */
export class PortForward extends KvmnetResource {
  declare readonly name: pulumi.Output<string>;
  declare readonly network: pulumi.Output<string>;
  declare readonly target: pulumi.Output<string | string[]>;
  /** Such as `tcp 192.0.2.11:80 → 10.10.10.20:80`; with the name of an interface that has no address (now). */
  declare readonly endpoints: pulumi.Output<string[]>;
  /** Led by the kernel alone, or by a program of the host's that passes on. */
  declare readonly via: pulumi.Output<"nat" | "relay">;

  constructor(name: string, args: PortForwardArgs, opts: pulumi.CustomResourceOptions = {}) {
    const registration = { type: "PortForward", handler: "portForward", outputs: ["name", "endpoints", "via"] };
    const { network, target, ...rest } = args;
    // By the base class: the component's file imports this one.
    const within = network instanceof pulumi.ComponentResource ? network.nat : network;
    const declared = within instanceof NatNetwork ? within : undefined;
    const interfaces = (Array.isArray(target) ? target : [target]).filter((one) => one instanceof VmInterface);
    const unpacked = {
      network: declared ? declared.bridge : within,
      gateways: declared?.gateways,
      isolated: declared?.isolated,
      target: Array.isArray(target) ? target.map(addressOf) : addressOf(target),
    };
    super(registration, name, { ...rest, ...unpacked }, [declared, ...interfaces], opts);
  }
}

/** An interface's address, and what is one already. */
function addressOf<Address>(target: Address | VmInterface): Address | VmInterface["address"] {
  return target instanceof VmInterface ? followed(target) : target;
}

/** The address that an interface has, reserved or leased; the reserved IPv6 address where it has no other. */
function followed(target: VmInterface): VmInterface["address"] {
  // Asked for when it is needed: a preview does not know yet that there is none.
  return target.address.apply((address) => (address ? pulumi.output(address) : followed6(target)));
}

function followed6(target: VmInterface): VmInterface["address"] {
  return pulumi.all([target.address6, target.urn]).apply(([address, urn]) => {
    if (address) return address;
    const name = urn.split("::").slice(3).join("::");
    throw new pulumi.RunError(
      `target: VmInterface "${name}" has no address to follow. Give it one: address: network.address(20), or address6.`,
    );
  });
}
