import type { Port } from "../values/port.ts";

/** One port forward: a part of a Nat. All of its addresses are of one family. */
export interface Forward {
  readonly noun: "forward";
  readonly name: string;
  readonly bridge: string;
  readonly target: string;
  readonly ports: readonly { protocol: "tcp" | "udp"; port: Port; targetPort: Port }[];
  /** Empty: any local address. */
  readonly listenAddresses: readonly string[];
  /** By which it comes in. Empty: any. */
  readonly listenInterfaces: readonly string[];
  /** Empty: anybody. */
  readonly sourceRanges: readonly string[];
  readonly reachableFrom: readonly ("lan" | "host" | "guests")[];
}

/** A port forward to several guests that stand in for each other: a table of its own beside its Nat's. All of one family. */
export interface Group extends Omit<Forward, "noun" | "target"> {
  readonly noun: "group";
  readonly targets: readonly string[];
  /** Who goes where: by a hash of the source address, or by chance. */
  readonly balance: "source-hash" | "random";
  readonly healthCheck?: HealthCheck;
}

/** A target is healthy while it takes TCP connections. */
export interface HealthCheck {
  readonly port: number;
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  /** In a row, until a target counts as unhealthy. */
  readonly failureThreshold: number;
  /** In a row, until it counts as healthy again. */
  readonly successThreshold: number;
}

/** What guests of a network dial, and where they are led to instead: a part of a Nat. All of one family. */
export interface Intercept {
  readonly noun: "intercept";
  readonly name: string;
  readonly bridge: string;
  /** What guests dial; `any` is whatever is beyond the host and their own network. */
  readonly addresses: readonly string[] | "any";
  readonly target: string;
  readonly ports: Forward["ports"];
  /** Set when the target is the host's loopback, where no packet from another machine may arrive. */
  readonly relays?: {
    /** The host's address on the bridge, with prefix length. */
    readonly address: string;
    /** Each listens on a port of its own; `udp` speaks DNS. */
    readonly listeners: readonly { protocol: "tcp" | "udp"; port: number; targetPort: number }[];
  };
}
