/**
 * Firewall rules as far as the path of a packet needs them, whoever wrote them: nftables, iptables over nftables, iptables
 * of old. What a rule asks that is not known here makes the answer "perhaps", and a doubt is never a verdict.
 */
export interface Table {
  /** As its owner's command names it: `inet filter`; of iptables, `ip filter`. */
  readonly name: string;
  readonly by: "nft" | "iptables" | "iptables-legacy";
  readonly chains: ReadonlyMap<string, Chain>;
}

export interface Chain {
  readonly name: string;
  /** Of a base chain. */
  readonly hook?: Hook;
  /** Of a base chain: `filter`, `nat` or `route`. */
  readonly type?: string;
  readonly priority: number;
  readonly policy: "accept" | "drop";
  readonly rules: readonly Rule[];
}

export type Hook = "prerouting" | "input" | "forward" | "output" | "postrouting";

export interface Rule {
  /** As a person would find it with the owner's command, without counters. */
  readonly text: string;
  /** Of nft: what a delete names it by. */
  readonly handle?: number;
  /** Packets it has seen, where it counts. */
  readonly packets?: number;
  /** All must hold. */
  readonly conditions: readonly Condition[];
  readonly does: Does;
}

/** What a rule asks of a packet. */
export type Condition =
  | {
      readonly field: "in" | "out" | "from" | "to" | "protocol" | "fromPort" | "toPort" | "state" | "toType";
      /** False: none of `among` may be it. */
      readonly is: boolean;
      /** Names (`vnet*`), prefixes or ranges (`10.0.0.0/8`, `10.0.0.1-10.0.0.9`, `8000-8100`), words. */
      readonly among: readonly string[];
    }
  /** The packet's destination was translated, or that of the first of its flow. */
  | { readonly field: "dnat"; readonly is: boolean }
  | { readonly field: "never" }
  | { readonly field: "unknown" };

/** What it does with a packet that it holds for. */
export type Does =
  | { readonly verb: "accept" | "drop" | "return" | "snat" | "none" | "unknown" }
  | { readonly verb: "dnat"; readonly targets: readonly Forward[] }
  | { readonly verb: "jump" | "goto"; readonly chain: string }
  /** A verdict map over one field: the first that the packet is. */
  | { readonly verb: "choose"; readonly ways: readonly { readonly when: Condition; readonly does: Does }[] };

/** Where a translation of destinations leads. */
export interface Forward {
  readonly to: string;
  /** Empty: the port stays. */
  readonly targetPort: string;
  readonly protocol: string;
  /** The port or range that is dialled; empty: any. */
  readonly port: string;
  /** The address that is dialled; empty: any of the host's. */
  readonly listen: string;
  /** The interfaces that it is for; empty: any. */
  readonly in: readonly string[];
  /** It is for some sources alone. */
  readonly narrowed: boolean;
}
