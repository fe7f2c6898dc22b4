import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { Bridge, type BridgeArgs } from "./bridge.ts";
import { KvmnetComponent } from "./component.ts";
import { DnsmasqInstance, type DnsmasqInstanceArgs } from "./dnsmasq-instance.ts";
import { DummyIface, type DummyIfaceArgs } from "./dummy-iface.ts";
import { LibvirtNetwork, type LibvirtNetworkArgs } from "./libvirt-network.ts";
import { NatNetwork, type NatNetworkArgs } from "./nat-network.ts";
import { pick } from "./pick.ts";
import { PortForward, type PortForwardArgs } from "./port-forward.ts";
import type { CommonArgs } from "./resource.ts";
import { fromNetwork, gatewayOf, networkFaults } from "./subnet.ts";

/** Arguments that go to one of the children as they are; which of them there are is the child's matter. */
const ofNat = ["mode", "uplinks", "coexist", "ipv6Cidr"] as const;
const ofDhcp = ["domain", "forwarders", "reservations"] as const;
const own = [
  "host",
  "adopt",
  "name",
  "ipv4Cidr",
  "forwards",
  "anchor",
  "bridge",
  "nat",
  "dhcp",
  "libvirtNetwork",
] as const;

type Of<Args, Names extends readonly string[]> = Pick<Args, Extract<keyof Args, Names[number]>>;
type Passed = Of<NatNetworkArgs, typeof ofNat> & Of<DnsmasqInstanceArgs, typeof ofDhcp>;

export interface VirtualNetworkArgs extends CommonArgs, Passed {
  /** Name of the bridge, at most 15 bytes. Default: the resource's name. Changing it replaces the network. */
  name?: pulumi.Input<string>;
  /** The guests' network, such as `10.10.10.0/24`. Its first host is the gateway, and the bridge's address. */
  ipv4Cidr: pulumi.Input<string>;
  /** Ports of the host that lead to guests, by name. A change of one touches no other. */
  forwards?: Record<string, Omit<PortForwardArgs, "host" | "network">>;
  /** What of the DummyIface shall be otherwise. Its name is the network's and `-dummy`. `false`: none. */
  anchor?: Omit<DummyIfaceArgs, "host" | "bridge"> | false;
  /** What of the Bridge shall be otherwise. Its `ports` and `addresses` come after the anchor and the gateway. */
  bridge?: Omit<BridgeArgs, "host" | "name">;
  /** What of the NatNetwork shall be otherwise. */
  nat?: Omit<NatNetworkArgs, "host" | "bridge">;
  /** What of the DnsmasqInstance shall be otherwise. `false`: no DHCP and no DNS. */
  dhcp?: Omit<DnsmasqInstanceArgs, "host" | "bridge"> | false;
  /**
   * The LibvirtNetwork by whose name virt-install and virt-manager find the network, or what of it shall be otherwise.
   * `false`: none. Default: true.
   */
  libvirtNetwork?: Omit<LibvirtNetworkArgs, "host" | "bridge"> | boolean;
}

/**
 * A network for guests in one declaration: anchor, bridge, NAT, DHCP with DNS, and forwards. Their physical names are the
 * network's.
 */
export class VirtualNetwork extends KvmnetComponent {
  readonly anchor: DummyIface | undefined;
  readonly bridge: Bridge;
  readonly nat: NatNetwork;
  readonly dhcp: DnsmasqInstance | undefined;
  readonly libvirtNetwork: LibvirtNetwork | undefined;
  readonly forwards: Readonly<Record<string, PortForward>>;
  readonly ipv4Cidr: pulumi.Output<string>;
  /** The host's address on the bridge: what guests use as their gateway. */
  readonly gateway: pulumi.Output<string>;

  /** @throws a `ResourceError` on arguments that it does not take, and on a network that cannot be meant. */
  constructor(name: string, args: VirtualNetworkArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("VirtualNetwork", name, args, [...own, ...ofNat, ...ofDhcp], opts);
    this.demand(args, "ipv4Cidr");
    const nat = { ...pick(args, ofNat), ...args.nat };
    this.refuse([
      ...networkFaults(args.ipv4Cidr, "ipv4Cidr"),
      ...networkFaults(nat.ipv6Cidr, "ipv6Cidr"),
      ...unservedFaults(args),
    ]);
    const { host, adopt } = args;
    const physical = args.name ?? name;
    const common = { ...(adopt !== undefined && { adopt }) };
    const onHost = { ...common, ...(host !== undefined && { host }) };
    const child = { parent: this, ...(opts.dependsOn && { dependsOn: opts.dependsOn }) };

    this.ipv4Cidr = this.#network(args.ipv4Cidr, "ipv4Cidr");
    this.gateway = this.hostIn(this.ipv4Cidr, 1);
    const gateways = [
      fromNetwork(this.ipv4Cidr, gatewayOf),
      ...(nat.ipv6Cidr === undefined ? [] : [fromNetwork(this.#network(nat.ipv6Cidr, "ipv6Cidr"), gatewayOf)]),
    ];

    this.anchor = unlessDropped(args.anchor, (override) => {
      const called = { name: pulumi.output(physical).apply(anchorName) };
      return new DummyIface(`${name}-dummy`, { ...onHost, ...called, ...override }, child);
    });
    const { ports = [], addresses = [], ...bridge } = args.bridge ?? {};
    const lists = {
      ports: [...(this.anchor ? [this.anchor] : []), ...ports],
      addresses: pulumi.output(addresses).apply((more) => [...gateways, ...more]),
    };
    this.bridge = new Bridge(name, { ...onHost, name: physical, ...bridge, ...lists }, child);
    const there = { ...common, bridge: this.bridge };
    this.nat = new NatNetwork(name, { ...there, ipv4Cidr: this.ipv4Cidr, ...nat }, child);
    this.dhcp = unlessDropped(
      args.dhcp,
      (override) => new DnsmasqInstance(name, { ...there, ...pick(args, ofDhcp), ...override }, child),
    );
    this.libvirtNetwork = unlessDropped(
      args.libvirtNetwork,
      (override) => new LibvirtNetwork(name, { ...there, name: physical, ...override }, child),
    );
    const forwards = Object.entries(args.forwards ?? {}).map(([key, forward]) => [
      key,
      // Two networks of a program may have forwards of one name.
      new PortForward(`${name}-${key}`, { ...common, name: key, ...forward, network: this.nat }, child),
    ]);
    this.forwards = Object.fromEntries(forwards);
    this.registerOutputs({ ipv4Cidr: this.ipv4Cidr, gateway: this.gateway });
  }

  /** The address of the n-th host; 1 is the gateway. The program ends with an error if the network has no such host. */
  address(n: number): pulumi.Output<string> {
    return this.hostIn(this.ipv4Cidr, n);
  }

  /** A guests' network, when it is known; the program ends if it cannot be meant. */
  #network(cidr: pulumi.Input<string>, argument: "ipv4Cidr" | "ipv6Cidr"): pulumi.Output<string> {
    return fromNetwork(cidr, (known) => {
      this.refuse(networkFaults(known, argument));
      return known;
    });
  }
}

/** A child that may be left out, with what shall be otherwise of it. */
function unlessDropped<Override extends object, Child>(
  given: Override | boolean | undefined,
  make: (override: Partial<Override>) => Child,
): Child | undefined {
  if (given === false) return undefined;
  return make(typeof given === "object" ? given : {});
}

/** Arguments of the dnsmasq that is not wanted. */
function unservedFaults(args: VirtualNetworkArgs): string[] {
  if (args.dhcp !== false) return [];
  const idle = ofDhcp.filter((key) => args[key] !== undefined);
  return idle.map((key) => `${key}: is for the network's dnsmasq, which dhcp: false drops. Leave one of them out.`);
}

/** `virbr10` → `virbr10-dummy`; a name too long for the kernel keeps its beginning, and a hash tells it from others. */
function anchorName(network: string): string {
  const name = `${network}-dummy`;
  if (Buffer.byteLength(name) <= 15) return name;
  return `${network.slice(0, 4)}-${createHash("sha256").update(network).digest("hex").slice(0, 4)}-dummy`;
}
