import type * as pulumi from "@pulumi/pulumi";
import { KvmnetComponent } from "./component.ts";
import { type Subnet, SubnetPool } from "./subnet-pool.ts";
import { VirtualNetwork, type VirtualNetworkArgs } from "./virtual-network.ts";

/** What all hosts of a fleet have in common. */
export type FleetNetwork = Omit<VirtualNetworkArgs, "host" | "ipv4Cidr">;

/** One of the hosts, to say what is different on it. */
export interface FleetHost {
  /** As the fleet calls it. */
  readonly name: string;
  /** The subnet that it has. */
  readonly ipv4Cidr: pulumi.Output<string>;
  /** The address of the n-th host of that subnet; 1 is the gateway. */
  address(n: number): pulumi.Output<string>;
}

export interface FleetArgs<Host extends string = string> {
  /**
   * Names of the hosts (entries of `kvmnet:hosts`, or what `ssh` takes), or what is otherwise on each: keys of `network`,
   * which are replaced whole, a connection as `host`, or a subnet of its own as `ipv4Cidr`.
   */
  hosts: readonly Host[] | { readonly [Name in Host]: Partial<VirtualNetworkArgs> };
  /** The network that the hosts' subnets are taken from, such as `10.40.0.0/16`. A host keeps its subnet when this changes. */
  ipv4Pool: pulumi.Input<string>;
  /** Prefix length of the hosts' subnets, up to 30. Default: 24. */
  ipv4PrefixLength?: pulumi.Input<number>;
  /** The network that each host has, or a function that says so of each. Its `name` is the fleet's by default. */
  network?: FleetNetwork | ((host: FleetHost) => FleetNetwork);
}

const known = ["hosts", "ipv4Pool", "ipv4PrefixLength", "network"] satisfies (keyof FleetArgs)[];

/** The same VirtualNetwork on many hosts, each with a subnet of its own, which it keeps whoever else comes or goes. */
export class Fleet<const Host extends string = string> extends KvmnetComponent {
  readonly networks: { readonly [Name in Host]: VirtualNetwork };
  readonly subnets: pulumi.Output<{ readonly [Name in Host]: Subnet }>;

  /** @throws a `ResourceError` on arguments that it or a network does not take. */
  constructor(name: string, args: FleetArgs<Host>, opts: pulumi.ComponentResourceOptions = {}) {
    super("Fleet", name, args, known, opts);
    this.demand(args, "hosts", "ipv4Pool");
    const { hosts, ipv4Pool, ipv4PrefixLength, network = {} } = args;
    const overrides: Record<string, Partial<VirtualNetworkArgs>> = Array.isArray(hosts)
      ? Object.fromEntries(hosts.map((host: string) => [host, {}]))
      : (hosts as Record<string, Partial<VirtualNetworkArgs>>);
    const pinned = Object.entries(overrides).flatMap(([host, { ipv4Cidr }]) =>
      ipv4Cidr === undefined ? [] : [[host, ipv4Cidr]],
    );
    const child = { parent: this, ...(opts.dependsOn && { dependsOn: opts.dependsOn }) };
    const pool = new SubnetPool(
      name,
      {
        ipv4Pool,
        ...(ipv4PrefixLength !== undefined && { ipv4PrefixLength }),
        hosts: Array.isArray(hosts) ? [...hosts] : Object.keys(hosts),
        ...(pinned.length > 0 && { ipv4Cidrs: Object.fromEntries(pinned) }),
      },
      child,
    );
    const made = Object.entries(overrides).map(([host, override]) => {
      const member = this.#member(host, pool);
      const common = typeof network === "function" ? network(member) : network;
      const wanted = { name, host, ...common, ...override, ipv4Cidr: member.ipv4Cidr };
      return [host, new VirtualNetwork(`${name}-${host}`, wanted, child)];
    });
    this.networks = Object.fromEntries(made);
    this.subnets = pool.subnets as pulumi.Output<{ readonly [Name in Host]: Subnet }>;
    this.registerOutputs({ subnets: this.subnets });
  }

  #member(name: string, pool: SubnetPool): FleetHost {
    const all = pool.subnets as pulumi.Output<Record<string, Subnet> | undefined>;
    const ipv4Cidr = all.apply((subnets) => subnets?.[name]?.ipv4Cidr) as pulumi.Output<string>;
    return { name, ipv4Cidr, address: (n) => this.hostIn(ipv4Cidr, n) };
  }
}
