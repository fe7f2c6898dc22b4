import { isNamed } from "../../model/values/name.ts";
import { within } from "./addresses.ts";
import type { Chain, Condition, Does, Hook, Rule, Table } from "./rule.ts";

/** A packet on its way. */
export interface Packet {
  /** Unset: it comes from the host itself. */
  readonly in?: string;
  /** Unset where it is not known yet, or leads to the host itself. */
  readonly out?: string;
  readonly from: string;
  readonly to: string;
  readonly protocol: "tcp" | "udp" | "icmp";
  readonly fromPort: number;
  readonly toPort: number;
  readonly state: "new" | "established";
  /** Its destination was translated. */
  readonly dnat: boolean;
  /** It is for an address of the host. */
  readonly local: boolean;
}

/** A rule where it stands; without a rule, the policy of the chain. */
export interface Place {
  readonly table: Table;
  readonly chain: Chain;
  readonly rule?: Rule;
}

/** What becomes of a packet in a chain. */
export interface Fate {
  /** `return`: the chain has no word on it. */
  readonly verdict: "accept" | "drop" | "snat" | "return" | "unknown";
  readonly place?: Place;
  /** Of a drop: a rule that would let the packet through, were it before. */
  readonly late?: Place;
}

/** As many chains as call each other; the kernel allows 16 (nf_tables.h, NFT_JUMP_STACK_SIZE). */
const deepest = 16;

/** What the base chains of a hook do with a packet, in their order. A drop in any is final; an accept is no other's. */
export function fates(tables: readonly Table[], hook: Hook, packet: Packet, type?: string): Fate[] {
  return baseChains(tables, hook)
    .filter(({ chain }) => (type === undefined ? chain.type !== "nat" : chain.type === type))
    .map(({ table, chain }) => atBase(table, chain, walk({ table, packet, chain, depth: 0 })));
}

/** The first definite drop of a packet at some hooks. */
export function dropped(tables: readonly Table[], hooks: readonly Hook[], packet: Packet): Fate | undefined {
  return hooks.flatMap((hook) => fates(tables, hook, packet)).find(({ verdict }) => verdict === "drop");
}

/** Every rule that would translate the packet's source, in all tables. */
export function translations(tables: readonly Table[], packet: Packet): Place[] {
  return baseChains(tables, "postrouting")
    .filter(({ chain }) => chain.type === "nat")
    .flatMap(({ table, chain }) => collect({ table, packet, chain, depth: 0 }).places);
}

/** Base chains of a hook, first the one that packets meet first. */
export function baseChains(tables: readonly Table[], hook: Hook): { table: Table; chain: Chain }[] {
  return tables
    .flatMap((table) => [...table.chains.values()].map((chain) => ({ table, chain })))
    .filter(({ chain }) => chain.hook === hook)
    .sort((a, b) => a.chain.priority - b.chain.priority);
}

interface Visit {
  readonly table: Table;
  readonly packet: Packet;
  readonly chain: Chain;
  readonly depth: number;
}

function atBase(table: Table, chain: Chain, fate: Fate & { doubt?: boolean }): Fate {
  if (fate.verdict !== "return") return fate;
  if (chain.policy === "accept") return { verdict: "accept", place: { table, chain } };
  return { verdict: fate.doubt ? "unknown" : "drop", place: { table, chain } };
}

/** `doubt`: a rule that cannot be judged might have let the packet through. */
function walk({ table, packet, chain, depth }: Visit): Fate & { doubt?: boolean } {
  let doubt = false;
  for (const [index, rule] of chain.rules.entries()) {
    const holds = matches(rule, packet);
    if (holds === false) continue;
    const fate = outcome(rule.does, { table, packet, chain, depth }, rule);
    if (fate === undefined) continue;
    if (fate.doubt) doubt = true;
    if (fate.verdict === "return" && !fate.place) continue;
    if (holds === undefined) {
      doubt ||= fate.verdict !== "drop";
      continue;
    }
    if (fate.verdict === "drop") {
      if (doubt) return { verdict: "unknown", place: { table, chain, rule } };
      const rest = walk({ table, packet, chain: { ...chain, rules: chain.rules.slice(index + 1) }, depth });
      const late = fate.late ?? (rest.verdict === "accept" ? rest.place : undefined);
      return { ...fate, ...(late && { late }) };
    }
    return { verdict: fate.verdict, ...(fate.place && { place: fate.place }), doubt };
  }
  return { verdict: "return", doubt };
}

/** Undefined, or a return without a place: the packet goes on to the next rule. */
function outcome(does: Does, visit: Visit, rule: Rule): (Fate & { doubt?: boolean }) | undefined {
  const place = { table: visit.table, chain: visit.chain, rule };
  switch (does.verb) {
    case "accept":
    case "drop":
    case "snat":
    case "unknown":
    case "return":
      return { verdict: does.verb, place };
    case "dnat":
      return { verdict: "accept", place };
    case "choose": {
      for (const { when, does: chosen } of does.ways) {
        const is = holds(when, visit.packet);
        if (is) return outcome(chosen, visit, rule);
        if (is === undefined) return { verdict: "return", doubt: true };
      }
      return undefined;
    }
    case "jump":
    case "goto": {
      const chain = visit.table.chains.get(does.chain);
      if (!chain || visit.depth >= deepest) return { verdict: "unknown", place };
      const { verdict, doubt = false, ...found } = walk({ ...visit, chain, depth: visit.depth + 1 });
      if (verdict !== "return") return { verdict, doubt, ...found };
      // What a goto leads to does not come back here.
      return does.verb === "goto" ? { verdict: "return", doubt, place } : { verdict: "return", doubt };
    }
    case "none":
      return undefined;
  }
}

function collect(visit: Visit): { places: Place[]; ended: boolean } {
  const places: Place[] = [];
  const { table, chain, packet, depth } = visit;
  for (const rule of chain.rules) {
    if (!matches(rule, packet)) continue;
    const { does } = rule;
    if (does.verb === "snat") places.push({ table, chain, rule });
    if (does.verb === "accept") return { places, ended: true };
    if (does.verb === "return") return { places, ended: false };
    if (does.verb !== "jump" && does.verb !== "goto") continue;
    const next = table.chains.get(does.chain);
    if (!next || depth >= deepest) continue;
    const inner = collect({ ...visit, chain: next, depth: depth + 1 });
    places.push(...inner.places);
    if (inner.ended || does.verb === "goto") return { places, ended: inner.ended };
  }
  return { places, ended: false };
}

/** Whether a rule is for a packet; undefined when something in it is not known. */
export function matches({ conditions }: Rule, packet: Packet): boolean | undefined {
  const answers = conditions.map((condition) => holds(condition, packet));
  if (answers.includes(false)) return false;
  return answers.includes(undefined) ? undefined : true;
}

function holds(condition: Condition, packet: Packet): boolean | undefined {
  switch (condition.field) {
    case "never":
      return false;
    case "unknown":
      return undefined;
    case "dnat":
      return packet.dnat === condition.is;
    case "toType":
      return condition.among.includes(kindOf(packet)) === condition.is;
    case "state":
      return condition.among.includes(packet.state) === condition.is;
    case "protocol":
      return (
        condition.among.some((word) => protocolNames[word] === packet.protocol || word === packet.protocol) ===
        condition.is
      );
    case "from":
    case "to": {
      const address = packet[condition.field];
      return condition.among.some((text) => within(address, text)) === condition.is;
    }
    case "fromPort":
    case "toPort": {
      if (packet.protocol === "icmp") return false;
      const port = packet[condition.field];
      return condition.among.some((text) => inPorts(port, text)) === condition.is;
    }
    default: {
      const name = packet[condition.field];
      if (name === undefined) return undefined;
      return condition.among.some((pattern) => isNamed(name, pattern)) === condition.is;
    }
  }
}

/** How the kernel calls the kind of its destination (nft(8), "FIB EXPRESSIONS"). */
function kindOf({ local, to }: Packet): string {
  if (local) return "local";
  return to === "255.255.255.255" ? "broadcast" : within(to, "224.0.0.0/4") ? "multicast" : "unicast";
}

/** Numbers by which protocols are written (RFC 791). */
const protocolNames: Record<string, string> = { "1": "icmp", "6": "tcp", "17": "udp" };

/** Whether a port is a port, or in a range, `8000-8100`. */
export function inPorts(port: number, text: string): boolean {
  const [first = Number.NaN, last = first] = text.split("-").map(Number);
  return first <= port && port <= last;
}
