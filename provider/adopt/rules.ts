import { overlaps } from "../doctor/packets/addresses.ts";
import type { Chain, Condition, Rule, Table } from "../doctor/packets/rule.ts";
import type { Packet } from "../doctor/packets/walk.ts";
import { fates } from "../doctor/packets/walk.ts";

/** A rule where it stands. */
export interface HandRule {
  readonly table: Table;
  readonly chain: Chain;
  readonly rule: Rule;
}

/** Names under which programs keep rules of their own. */
const programs = {
  tables: /^\S+ (kvmnet|libvirt_network$|firewalld$|docker)/,
  chains: /^(LIBVIRT_|DOCKER|ufw6?-|f2b-|KUBE-|CNI-|NETAVARK)/,
};

/** Rules that people have written for one bridge and its prefixes, in the order in which they stand. */
export function rulesOf(tables: readonly Table[], bridge: string, prefixes: readonly string[]): HandRule[] {
  const meant = (condition: Condition) => {
    if (!("among" in condition)) return false;
    const { field, among } = condition;
    if (field === "in" || field === "out") return among.includes(bridge);
    return (field === "from" || field === "to") && among.some((one) => prefixes.some((prefix) => inside(one, prefix)));
  };
  const leads = ({ does }: Rule) =>
    does.verb === "dnat" && does.targets.some(({ to }) => prefixes.some((prefix) => inside(to, prefix)));
  return tables
    .filter(({ name }) => !programs.tables.test(name))
    .flatMap((table) => [...table.chains.values()].map((chain) => ({ table, chain })))
    .filter(({ chain }) => !programs.chains.test(chain.name))
    .flatMap(({ table, chain }) => chain.rules.map((rule) => ({ table, chain, rule })))
    .filter(({ rule }) => rule.conditions.some(meant) || leads(rule));
}

/** Part of a prefix, and not the whole world. */
function inside(one: string, prefix: string): boolean {
  return one !== "0.0.0.0/0" && overlaps(one, prefix);
}

/** The command that takes a rule out. */
export function removal({ table, chain, rule }: HandRule): string {
  if (table.by === "nft") {
    return `nft delete rule ${table.name} ${chain.name} handle ${rule.handle ?? "?"}    # ${rule.text}`;
  }
  const [, name = ""] = table.name.split(" ");
  return `${table.by} ${name === "filter" ? "" : `-t ${name} `}${rule.text.replace(/^-A /, "-D ")}`;
}

/** The tables without some rules. */
export function without(tables: readonly Table[], rules: readonly HandRule[]): Table[] {
  const gone = new Set(rules.map(({ rule }) => rule));
  return tables.map((table) => ({
    ...table,
    chains: new Map(
      [...table.chains].map(([name, chain]) => [
        name,
        { ...chain, rules: chain.rules.filter((rule) => !gone.has(rule)) },
      ]),
    ),
  }));
}

/** Whether what people have left beside our table would drop a packet that it lets through. */
export function dropsAny(tables: readonly Table[], hook: "forward" | "input", packets: readonly Packet[]): boolean {
  return packets.some((packet) => fates(tables, hook, packet).some(({ verdict }) => verdict !== "accept"));
}
