import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { Bridge, type BridgeArgs } from "./bridge.ts";
import { KvmnetComponent } from "./component.ts";
import { DnsmasqInstance, type DnsmasqInstanceArgs } from "./dnsmasq-instance.ts";
import { DummyIface, type DummyIfaceArgs } from "./dummy-iface.ts";
import { NatNetwork, type NatNetworkArgs } from "./nat-network.ts";
import { PortForward, type PortForwardArgs } from "./port-forward.ts";
import type { CommonArgs } from "./resource.ts";
import { fromNetwork, gatewayOf, networkFaults } from "./subnet.ts";

/** Arguments that go to one of the children as they are; which of them there are is the child's matter. */
const ofNat = ["mode", "uplinks", "coexist", "ipv6Cidr"] as const;
const ofDhcp = ["domain", "forwarders", "reservations"] as const;
const own = ["host", "adopt", "name", "ipv4Cidr", "forwards", "anchor", "bridge", "nat", "dhcp"] as const;

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
  readonly forwards: Readonly<Record<string, PortForward>>;
  readonly ipv4Cidr: pulumi.Output<string>;
  /** The host's address on the bridge: what guests use as their gateway. */
  readonly gateway: pulumi.Output<string>;

  /** @throws a `ResourceError` on arguments that it does not take, and on a network that cannot be meant. */
  constructor(name: string, args: VirtualNetworkArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("VirtualNetwork", name, args, [...own, ...ofNat, ...ofDhcp], opts);
    this.demand(args, "ipv4Cidr");
    this.refuse([...knownFaults(args.ipv4Cidr), ...unservedFaults(args)]);
    const { host, adopt } = args;
    const physical = args.name ?? name;
    const common = { ...(adopt !== undefined && { adopt }) };
    const onHost = { ...common, ...(host !== undefined && { host }) };
    const child = { parent: this, ...(opts.dependsOn && { dependsOn: opts.dependsOn }) };

    this.ipv4Cidr = fromNetwork(args.ipv4Cidr, (cidr) => {
      this.refuse(networkFaults(cidr));
      return cidr;
    });
    this.gateway = this.hostIn(this.ipv4Cidr, 1);
    const nat = { ...pick(args, ofNat), ...args.nat };

    this.anchor =
      args.anchor === false
        ? undefined
        : new DummyIface(
            `${name}-dummy`,
            { ...onHost, name: pulumi.output(physical).apply(anchorName), ...args.anchor },
            child,
          );
    this.bridge = new Bridge(
      name,
      { ...onHost, name: physical, ...args.bridge, ...this.#plugged(args.bridge), ...this.#addressed(args, nat) },
      child,
    );
    this.nat = new NatNetwork(name, { ...common, ipv4Cidr: this.ipv4Cidr, ...nat, bridge: this.bridge }, child);
    this.dhcp =
      args.dhcp === false
        ? undefined
        : new DnsmasqInstance(name, { ...common, ...pick(args, ofDhcp), ...args.dhcp, bridge: this.bridge }, child);
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

  #plugged({ ports = [] }: Pick<BridgeArgs, "ports"> = {}): Required<Pick<BridgeArgs, "ports">> {
    return { ports: [...(this.anchor ? [this.anchor] : []), ...ports] };
  }

  #addressed({ bridge }: VirtualNetworkArgs, nat: object): Required<Pick<BridgeArgs, "addresses">> {
    const networks = [this.ipv4Cidr, ...("ipv6Cidr" in nat ? [nat.ipv6Cidr as pulumi.Input<string>] : [])];
    const gateways = networks.map((cidr) => fromNetwork(cidr, gatewayOf));
    const more = bridge?.addresses;
    return { addresses: more === undefined ? gateways : pulumi.output(more).apply((all) => [...gateways, ...all]) };
  }
}

/** What of the network is wrong as far as it is known when it is declared; the rest shows when it is known. */
function knownFaults(cidr: pulumi.Input<string>): string[] {
  return typeof cidr === "object" ? [] : networkFaults(cidr);
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

function pick<Args extends object, Name extends string>(args: Args, names: readonly Name[]) {
  const given = Object.entries(args).filter(([key, value]) => names.includes(key as Name) && value !== undefined);
  return Object.fromEntries(given) as Pick<Args, Extract<keyof Args, Name>>;
}
