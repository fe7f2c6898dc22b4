import type * as pulumi from "@pulumi/pulumi";
import { Bridge } from "./bridge.ts";
import { type CommonArgs, KvmnetResource } from "./resource.ts";

/** An address, a name or both, always the same for one MAC address. */
export interface Reservation {
  mac: pulumi.Input<string>;
  address?: pulumi.Input<string>;
  hostname?: pulumi.Input<string>;
}

export interface DnsmasqInstanceArgs extends CommonArgs {
  /** The bridge to serve. Changing it replaces the instance. */
  bridge: pulumi.Input<string> | Bridge;
  /** Addresses to lease, each `first-last`. Default: the whole network but the gateway. */
  ranges?: pulumi.Input<pulumi.Input<string>[]>;
  /** Default: 3600. */
  leaseTimeSeconds?: pulumi.Input<number>;
  /** Default: the number of addresses to lease. */
  maxLeases?: pulumi.Input<number>;
  /** Changed without an interruption: dnsmasq reads them again on SIGHUP. */
  reservations?: pulumi.Input<pulumi.Input<Reservation>[]>;
  /** DNS domain of the guests. */
  domain?: pulumi.Input<string>;
  /** Answer for the domain alone, never ask elsewhere. Default: true with a domain. */
  authoritative?: pulumi.Input<boolean>;
  /** Serve DNS. Default: true. */
  dns?: pulumi.Input<boolean>;
  /** Resolvers to ask. Default: the host's. */
  forwarders?: pulumi.Input<pulumi.Input<string>[]>;
  /** Names and their addresses. */
  hostRecords?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** DHCP options by name or number (`dnsmasq --help dhcp`). */
  dhcpOptions?: pulumi.Input<Record<string, pulumi.Input<string | string[]>>>;
  /** Lines added to the configuration as they are (dnsmasq(8)). */
  extraLines?: pulumi.Input<pulumi.Input<string>[]>;
}

export interface Lease {
  mac: string;
  address: string;
  hostname?: string;
  /** ISO 8601; absent for a lease without end. */
  expiresAt?: string;
}

/** A dnsmasq that serves DHCP and DNS on one bridge. */
export class DnsmasqInstance extends KvmnetResource {
  declare readonly bridge: pulumi.Output<string>;
  declare readonly serverAddress: pulumi.Output<string>;
  /** As of the last create, update or refresh. */
  declare readonly leases: pulumi.Output<Lease[]>;
  /** Name of the systemd unit. */
  declare readonly unit: pulumi.Output<string>;

  constructor(name: string, args: DnsmasqInstanceArgs, opts: pulumi.CustomResourceOptions = {}) {
    const registration = {
      type: "DnsmasqInstance",
      handler: "dnsmasqInstance",
      outputs: ["serverAddress", "leases", "unit"],
    };
    const { bridge, ...rest } = args;
    const declared = bridge instanceof Bridge ? bridge : undefined;
    const unpacked = declared
      ? { bridge: declared.name, ipv4Cidr: declared.ipv4Cidr, gateway: declared.gateway }
      : { bridge: bridge as pulumi.Input<string> };
    super(registration, name, { ...rest, ...unpacked }, [declared], opts);
  }
}
