import type * as pulumi from "@pulumi/pulumi";
import { Bridge } from "./bridge.ts";
import type { Forwarder } from "./forwarder.ts";
import { type CommonArgs, KvmnetResource } from "./resource.ts";

/** An address, a name or both, always the same for one MAC address. */
export interface Reservation {
  mac: pulumi.Input<string>;
  address?: pulumi.Input<string>;
  /** By DHCPv6: needs `routerAdvertisements: "stateful"`, or `"slaac"`, which then has both. */
  address6?: pulumi.Input<string>;
  hostname?: pulumi.Input<string>;
}

/** What guests start from over the network. */
export interface Boot {
  /** Directory of the host that is served by TFTP, such as `/srv/tftp`; readable by others. */
  tftpRoot?: pulumi.Input<string>;
  /** The first file that they load, such as `pxelinux.0`. */
  file: pulumi.Input<string>;
  /** Address of another machine that serves it. Default: this host, with `tftpRoot`. */
  server?: pulumi.Input<string>;
}

export interface DnsmasqInstanceArgs extends CommonArgs {
  /** The bridge to serve. Changing it replaces the instance. */
  bridge: pulumi.Input<string> | Bridge;
  /** Addresses to lease, each `first-last`, IPv4 or IPv6. Default: the whole IPv4 network but the gateway. */
  ranges?: pulumi.Input<pulumi.Input<string>[]>;
  /** Default: 3600. */
  leaseTimeSeconds?: pulumi.Input<number>;
  /** How many may be leased at a time; reserved ones count. Default: the number of addresses of the network. */
  maxLeases?: pulumi.Input<number>;
  /** Changed without an interruption: dnsmasq reads them again on SIGHUP. */
  reservations?: pulumi.Input<pulumi.Input<Reservation>[]>;
  /** DNS domain of the guests. */
  domain?: pulumi.Input<string>;
  /** Answer for the domain alone, never ask elsewhere. Default: true with a domain. */
  authoritative?: pulumi.Input<boolean>;
  /** Serve DNS. Default: true. */
  dns?: pulumi.Input<boolean>;
  /** Resolvers to ask: an address for every name, `{ domain, address }` for those of one domain. Default: the host's. */
  forwarders?: pulumi.Input<pulumi.Input<string | Forwarder>[]>;
  /** Names and their addresses, IPv4 or IPv6, or a list of both. */
  hostRecords?: pulumi.Input<Record<string, pulumi.Input<string | string[]>>>;
  /** DHCP options by name or number (`dnsmasq --help dhcp`). */
  dhcpOptions?: pulumi.Input<Record<string, pulumi.Input<string | string[]>>>;
  /**
   * How guests come to an IPv6 address, once the bridge has a network for it: by themselves (`slaac`), so and with DHCPv6 for
   * the rest (`stateless`), by DHCPv6 alone (`stateful`); `off` advertises no router. Default: `slaac` with a /64, else `off`.
   */
  routerAdvertisements?: pulumi.Input<"slaac" | "stateless" | "stateful" | "off">;
  /** What guests start from over the network (PXE): a file that this host serves by TFTP, or another server. */
  boot?: pulumi.Input<Boot>;
  /** The host's systemd-resolved asks here for names of `domain`. Default: false. */
  resolveOnHost?: pulumi.Input<boolean>;
  /** Lines added to the configuration as they are (dnsmasq(8)). */
  extraLines?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * A dnsmasq that somebody has set up on the bridge, and that this one stands in for; needs `adopt: true`. It is stopped and
   * disabled, and runs again when this resource is deleted. Default: none.
   */
  replaces?: pulumi.Input<{
    /** Its unit, such as `dnsmasq@virbr10.service`. */
    unit: pulumi.Input<string>;
    /** Its file of leases: they are brought along, and given back whenever ours stops. Default: none. */
    leaseFile?: pulumi.Input<string>;
  }>;
}

export interface Lease {
  /** Absent where a DHCPv6 client does not call itself by it. */
  mac?: string;
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
      ? { bridge: declared.name, hostAddresses: declared.hostAddresses }
      : { bridge: bridge as pulumi.Input<string> };
    super(registration, name, { ...rest, ...unpacked }, [declared], opts);
  }
}
