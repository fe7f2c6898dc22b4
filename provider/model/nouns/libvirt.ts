import type { Forwarder } from "./dhcp.ts";

/** A network of libvirt's. */
export interface LibvirtNetwork {
  readonly noun: "libvirt-network";
  readonly name: string;
  /** Unset: its definition is not ours. */
  readonly bridge?: string;
  /** What its DNS server asks, where the rest of its definition is not ours. Unset: that is not ours, either. */
  readonly forwarders?: readonly Forwarder[];
  readonly active: boolean;
  readonly autostart: boolean;
}

/** A NIC of a libvirt domain. */
export interface Nic {
  readonly noun: "nic";
  readonly uri: string;
  readonly domain: string;
  readonly mac: string;
  readonly source: NicSource;
  /** Name of the host's end; unset: libvirt's choice, which may be another one after each start. */
  readonly tap?: string;
  /** Unset for drivers without models (LXC), and for hardware. */
  readonly model?: string;
  readonly queues?: number;
  readonly mtu?: number;
  /** KiB/s to the guest, and from it. */
  readonly bandwidth?: { readonly inbound?: number; readonly outbound?: number };
  /** One of libvirt's network filters. */
  readonly filter?: string;
  readonly linkState?: "up" | "down";
  /** Kept apart from other isolated ports of its bridge. */
  readonly isolated: boolean;
  /** A running domain is left as it is. */
  readonly nextBoot: boolean;
}

/** What a NIC of a domain is plugged into: a bridge, a libvirt network, an interface of the host (macvtap), or hardware. */
export type NicSource =
  | { readonly type: "bridge"; readonly bridge: string }
  | { readonly type: "network"; readonly network: string }
  | { readonly type: "direct"; readonly nic: string; readonly mode: string }
  /** An SR-IOV virtual function, by its PCI address such as `0000:03:10.1`. */
  | { readonly type: "hostdev"; readonly address: string };
