import { KvmnetError } from "../../model/error.ts";
import type { Lease } from "../../model/leases.ts";
import { parseIptables } from "../packets/iptables.ts";
import { parseNft } from "../packets/nft.ts";
import type { Table } from "../packets/rule.ts";
import { type Dnsmasq, parseDnsmasq, parseStatus } from "./dnsmasq.ts";
import { type Libvirt, parseLibvirt } from "./libvirt.ts";
import {
  type Address,
  type Link,
  type Neighbour,
  parseAddresses,
  parseLinks,
  parseNeighbours,
  parseRoutes,
  type Route,
} from "./links.ts";
import { type Probes, parseProbes } from "./probes.ts";
import { type Listener, parseListeners, parseUnits, type Unit } from "./programs.ts";
import { parseRegistry, type Registered } from "./registry.ts";
import { type ResolvKeeper, resolvKeeper } from "./resolv.ts";

/** What the host said, by the names of `provider/host/look`. */
export type FactLines = Readonly<Record<string, readonly string[]>>;

/** A host as it was seen in one moment. What could not be seen is named in `unseen`. */
export interface Picture {
  /** As the user calls it. */
  readonly host: string;
  /** Of the host's clock. */
  readonly now: Date;
  /** Parts that the host could not be asked for, with the reason. */
  readonly unseen: Readonly<Record<string, string>>;
  readonly programs: readonly string[];
  readonly links: readonly Link[];
  /** IPv4. */
  readonly addresses: readonly Address[];
  readonly addresses6: readonly Address[];
  readonly routes: readonly Route[];
  /** Policy rules beyond the three that every host has. */
  readonly policies: number;
  readonly neighbours: readonly Neighbour[];
  /** `net/ipv4/ip_forward` → `1`. */
  readonly settings: ReadonlyMap<string, string>;
  /** Lines of files that keep forwarding on over a boot. */
  readonly kept: readonly string[];
  /** Files that say a bridge's name: who makes it at boot, or has rules for it. */
  readonly mentions: readonly { readonly bridge: string; readonly path: string }[];
  readonly tables: readonly Table[];
  /** Files that begin with `flush ruleset`. */
  readonly flushes: readonly string[];
  readonly listeners: readonly Listener[];
  readonly units: readonly Unit[];
  /** Names of units that have failed. */
  readonly failed: readonly string[];
  readonly dnsmasqs: readonly Dnsmasq[];
  /** libvirt's leases, by bridge. */
  readonly statuses: Readonly<Record<string, readonly Lease[]>>;
  readonly libvirt: Libvirt;
  /** Resolvers of `/etc/resolv.conf`. */
  readonly nameservers: readonly string[];
  /** Who writes that file, where anything tells. */
  readonly resolvKeeper?: ResolvKeeper;
  /** Whom systemd-resolved asks. */
  readonly upstream: readonly string[];
  readonly registry: readonly Registered[];
  /** Changes that were interrupted and not undone yet. */
  readonly journal: readonly string[];
  readonly probes: Probes;
}

/**
 * Puts together what a host said. Nothing of it is trusted: what is not understood counts as not seen. Throws `unmet` when
 * not even its interfaces are.
 */
export function parsePicture(facts: FactLines, host: string): Picture {
  const unseen: Record<string, string> = {};
  const text = (name: string) => (facts[name] ?? []).join("\n");
  const list = (name: string) => facts[name] ?? [];
  const seen = <T>(name: string, parsed: readonly T[] | undefined): readonly T[] => {
    if (parsed === undefined) unseen[name] = facts[name] ? text(name).slice(0, 200) : "the host has no program to ask";
    return parsed ?? [];
  };
  const iptables = parseIptables(list("iptables"), "iptables");
  // The same tables once more, in words that nft does not know all of.
  const others = seen("nft", parseNft(text("nft"), text("nft-text"))).filter(
    ({ name }) => !iptables.some((table) => table.name === name),
  );
  const links = seen("links", parseLinks(text("links"), list("nics")));
  const addresses = seen("addresses", parseAddresses(text("addresses")));
  const blind = unseen.links ?? unseen.addresses;
  if (blind !== undefined) {
    const message = `${host} does not say what interfaces it has`;
    throw new KvmnetError({
      code: "unmet",
      host,
      message,
      detail: blind,
      nextStep: "It needs iproute2 (4.13 or newer).",
    });
  }
  if (!facts.listeners) unseen.listeners = "ss is not installed";
  if (!facts.units) unseen.units = "systemd does not run";
  const named = (kind: string) =>
    Object.entries(facts).flatMap(([key, lines]) =>
      key.startsWith(`${kind} `) ? [[key.slice(kind.length + 1), lines] as const] : [],
    );
  const servers = (name: string) => list(name).flatMap((line) => /^nameserver\s+(\S+)/.exec(line)?.[1] ?? []);
  const keeper = resolvKeeper(text("resolv-path"), text("resolv"));
  return {
    ...{
      host,
      unseen,
      programs: list("programs"),
      kept: list("kept"),
      flushes: list("flushes"),
      journal: list("journal"),
      failed: list("failed"),
    },
    now: new Date(Number(list("clock")[0] ?? 0) * 1000),
    ...{ links, addresses, addresses6: parseAddresses(text("addresses6")) ?? [] },
    mentions: list("mentions").flatMap((line) => {
      const [, bridge, path] = /^(\S+) (\/.+)$/.exec(line) ?? [];
      return bridge !== undefined && path !== undefined ? [{ bridge, path }] : [];
    }),
    routes: seen("routes", parseRoutes(text("routes"))),
    policies: (text("rules").match(/"priority":\s*\d+/g) ?? []).filter((rule) => !/:\s*(0|32766|32767)$/.test(rule))
      .length,
    neighbours: seen("neighbours", parseNeighbours(text("neighbours"))),
    settings: new Map(list("settings").map((line) => line.split(" ", 2) as [string, string])),
    tables: [...iptables, ...others, ...parseIptables(list("iptables-legacy"), "iptables-legacy")],
    listeners: parseListeners(list("listeners")),
    units: parseUnits(list("units")),
    dnsmasqs: named("dnsmasq").map(([pid, lines]) => parseDnsmasq(Number(pid), lines)),
    statuses: Object.fromEntries(named("status").map(([bridge, lines]) => [bridge, parseStatus(lines)])),
    libvirt: parseLibvirt(facts),
    nameservers: servers("resolv"),
    ...(keeper && { resolvKeeper: keeper }),
    upstream: servers("resolved"),
    registry: parseRegistry(facts),
    probes: parseProbes(list("probes")),
  };
}
