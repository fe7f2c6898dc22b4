import type * as pulumi from "@pulumi/pulumi";
import { KvmnetComponent } from "./component.ts";
import { pick } from "./pick.ts";
import { type Subnet, SubnetPool } from "./subnet-pool.ts";
import { VirtualNetwork, type VirtualNetworkArgs } from "./virtual-network.ts";

/** What all hosts of a fleet have in common. */
export type FleetNetwork = Omit<VirtualNetworkArgs, "host" | "ipv4Cidr" | "ipv6Cidr">;

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
   * which are replaced whole, a connection as `host`, or subnets of its own as `ipv4Cidr` and `ipv6Cidr`.
   */
  hosts: readonly Host[] | { readonly [Name in Host]: Partial<VirtualNetworkArgs> };
  /** The network that the hosts' subnets are taken from, such as `10.40.0.0/16`. A host keeps its subnet when this changes. */
  ipv4Pool: pulumi.Input<string>;
  /** Prefix length of the hosts' subnets, up to 30. Default: 24. */
  ipv4PrefixLength?: pulumi.Input<number>;
  /** The network that the hosts' IPv6 subnets are taken from, such as `fd00:40::/48`. Default: none, IPv4 alone. */
  ipv6Pool?: pulumi.Input<string>;
  /** Prefix length of the hosts' IPv6 subnets, up to 126. Default: 64, which guests that configure themselves need (RFC 4862). */
  ipv6PrefixLength?: pulumi.Input<number>;
  /** The network that each host has, or a function that says so of each. Its `name` is the fleet's by default. */
  network?: FleetNetwork | ((host: FleetHost) => FleetNetwork);
}

const ofPool = ["ipv4Pool", "ipv4PrefixLength", "ipv6Pool", "ipv6PrefixLength"] as const;
const known = ["hosts", "network", ...ofPool] satisfies (keyof FleetArgs)[];

/** The same VirtualNetwork on many hosts, each with a subnet of its own, which it keeps whoever else comes or goes. */
export class Fleet<const Host extends string = string> extends KvmnetComponent {
  readonly networks: { readonly [Name in Host]: VirtualNetwork };
  readonly subnets: pulumi.Output<{ readonly [Name in Host]: Subnet }>;

  /** @throws a `ResourceError` on arguments that it or a network does not take. */
  constructor(name: string, args: FleetArgs<Host>, opts: pulumi.ComponentResourceOptions = {}) {
    super("Fleet", name, args, known, opts);
    this.demand(args, "hosts", "ipv4Pool");
    const { hosts, network = {} } = args;
    const overrides = overridesOf(hosts);
    const child = { parent: this, ...(opts.dependsOn && { dependsOn: opts.dependsOn }) };
    const [ipv4Cidrs, ipv6Cidrs] = [given(overrides, "ipv4Cidr"), given(overrides, "ipv6Cidr")];
    const names = Array.isArray(hosts) ? [...hosts] : Object.keys(hosts);
    const pool = new SubnetPool(name, { ...pick(args, ofPool), hosts: names, ...ipv4Cidrs, ...ipv6Cidrs }, child);
    const made = Object.entries(overrides).map(([host, override]) => {
      const member = this.#member(host, pool);
      const common = typeof network === "function" ? network(member) : network;
      const wantsIpv6 = args.ipv6Pool !== undefined || override.ipv6Cidr !== undefined;
      const subnets = { ipv4Cidr: member.ipv4Cidr, ...(wantsIpv6 && { ipv6Cidr: ofHost(pool, host, "ipv6Cidr") }) };
      const wanted = { name, host, ...common, ...override, ...subnets };
      return [host, new VirtualNetwork(`${name}-${host}`, wanted, child)];
    });
    this.networks = Object.fromEntries(made);
    this.subnets = pool.subnets as pulumi.Output<{ readonly [Name in Host]: Subnet }>;
    this.registerOutputs({ subnets: this.subnets });
  }

  #member(name: string, pool: SubnetPool): FleetHost {
    const ipv4Cidr = ofHost(pool, name, "ipv4Cidr");
    return { name, ipv4Cidr, address: (n) => this.hostIn(ipv4Cidr, n) };
  }
}

type Overrides = Record<string, Partial<VirtualNetworkArgs>>;

function overridesOf(hosts: FleetArgs["hosts"]): Overrides {
  return Array.isArray(hosts) ? Object.fromEntries(hosts.map((host: string) => [host, {}])) : (hosts as Overrides);
}

/** The pool's argument for subnets of one family that are given. */
function given(overrides: Overrides, family: keyof Subnet): Record<string, Record<string, pulumi.Input<string>>> {
  const all = Object.entries(overrides).flatMap(([host, { [family]: cidr }]) =>
    cidr === undefined ? [] : [[host, cidr]],
  );
  return all.length ? { [`${family}s`]: Object.fromEntries(all) } : {};
}

/** Under mocks that know nothing of us there are no subnets. */
function ofHost(pool: SubnetPool, host: string, family: keyof Subnet): pulumi.Output<string> {
  const all = pool.subnets as pulumi.Output<Record<string, Subnet> | undefined>;
  return all.apply((subnets) => subnets?.[host]?.[family]) as pulumi.Output<string>;
}
