import type { Port } from "../values/port.ts";

/** An accept, reject or drop of traffic, with defaults filled in. */
export interface Rule {
  readonly action: "accept" | "reject" | "drop";
  readonly protocol: "tcp" | "udp" | "both" | "icmp" | "any";
  readonly ports: readonly Port[];
  readonly sourceRanges: readonly string[];
  readonly destinationRanges: readonly string[];
}

/** A rule about what the host forwards, also by where it comes in and goes out: names, or prefixes of names and `*`. Empty: any. */
export interface ForwardRule extends Rule {
  readonly inInterfaces: readonly string[];
  readonly outInterfaces: readonly string[];
}

/** A bridge whose packets another firewall of the host is to let through. */
export interface Pass {
  readonly noun: "pass";
  readonly bridge: string;
  readonly firewall: "docker" | "firewalld" | "iptables" | "nftables" | "ufw";
}

/** What the host itself lets in; everything else is dropped. */
export interface HostPolicy {
  readonly noun: "host-policy";
  readonly sshPort: number;
  /** Empty: anybody. */
  readonly sshSourceRanges: readonly string[];
  readonly ping: boolean;
  readonly ingress: readonly Rule[];
  /** `ingress` decides as well about what others lead on from the host's addresses (containers' published ports). */
  readonly filterPublished: boolean;
  /** What the host forwards beyond networks of ours; all else is dropped. Unset: everything. */
  readonly forward?: readonly ForwardRule[];
}

/** What is let through in front of guests on a bridge, whether the host routes for them or not. */
export interface GuestPolicy {
  readonly noun: "guest-policy";
  readonly bridge: string;
  /** Whose ports are filtered. Unset: all ports of the bridge but `uplinks`. */
  readonly guests?: readonly GuestPort[];
  /** Ports of the bridge behind which there are no guests. */
  readonly uplinks: readonly string[];
  readonly ingress: readonly Rule[];
  readonly egress: readonly Rule[];
  readonly ingressDefault: "accept" | "drop";
  readonly egressDefault: "accept" | "drop";
  /** A guest sends from its own addresses alone; each has a MAC address then, and an IP address at least. */
  readonly antiSpoof: boolean;
}

/** A guest's port of a bridge, by the name of the host's end; and what the guest may call itself. */
export interface GuestPort {
  readonly tap: string;
  readonly mac?: string;
  /** IP addresses and networks, none of them in another. */
  readonly addresses: readonly string[];
}
