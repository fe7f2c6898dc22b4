import * as z from "zod";
import { read } from "../picture/links.ts";
import { type ExprContext, type Json, ruleParts } from "./nft-rule.ts";
import type { Chain, Hook, Rule, Table } from "./rule.ts";

const listing = z.object({
  nftables: z.array(
    z.object({
      chain: z
        .looseObject({
          family: z.string(),
          table: z.string(),
          name: z.string(),
          hook: z.string().optional(),
          type: z.string().optional(),
          prio: z.number().default(0),
          policy: z.string().default("accept"),
        })
        .optional(),
      rule: z
        .looseObject({
          family: z.string(),
          table: z.string(),
          chain: z.string(),
          handle: z.number(),
          expr: z.array(z.record(z.string(), z.unknown())).default([]),
        })
        .optional(),
      set: z
        .looseObject({ family: z.string(), table: z.string(), name: z.string(), elem: z.unknown().optional() })
        .optional(),
      map: z
        .looseObject({ family: z.string(), table: z.string(), name: z.string(), elem: z.unknown().optional() })
        .optional(),
    }),
  ),
});

/** Families that IPv4 packets pass. */
const families = ["ip", "inet"];

/**
 * Reads `nft -j list ruleset`; `text` is `nft -a list ruleset`, for the rules as people know them. Undefined when it is no
 * such listing (an nft without JSON, no right to look).
 */
export function parseNft(json: string, text: string): Table[] | undefined {
  const objects = read(listing, json)?.nftables.filter((one) => families.includes(Object.values(one)[0]?.family ?? ""));
  if (!objects) return undefined;
  const texts = ruleTexts(text);
  const sets = new Map<string, readonly unknown[]>();
  for (const { set, map } of objects) {
    const one = set ?? map;
    if (one) sets.set(`${one.family} ${one.table} ${one.name}`, Array.isArray(one.elem) ? one.elem : []);
  }
  const tables = new Map<string, Map<string, Chain & { rules: Rule[] }>>();
  const chainsOf = (name: string) => {
    const known = tables.get(name) ?? new Map();
    tables.set(name, known);
    return known;
  };
  for (const { chain } of objects) {
    if (!chain) continue;
    chainsOf(`${chain.family} ${chain.table}`).set(chain.name, {
      ...{ name: chain.name, priority: chain.prio, policy: chain.policy === "drop" ? "drop" : "accept", rules: [] },
      ...(chain.hook !== undefined && { hook: chain.hook as Hook }),
      ...(chain.type !== undefined && { type: chain.type }),
    });
  }
  for (const { rule } of objects) {
    if (!rule) continue;
    const table = `${rule.family} ${rule.table}`;
    const known = texts.get(`${table} ${rule.chain} ${rule.handle}`);
    const context: ExprContext = { set: (name) => sets.get(`${table} ${name}`) ?? [] };
    const parts = ruleParts(rule.expr as Json[], context);
    chainsOf(table)
      .get(rule.chain)
      ?.rules.push({ text: known ?? JSON.stringify(rule.expr), handle: rule.handle, ...parts });
  }
  return [...tables].map(([name, chains]) => ({ name, by: "nft", chains }));
}

/** `inet filter forward 12` → the rule's text, without its counter and handle. */
function ruleTexts(text: string): Map<string, string> {
  const texts = new Map<string, string>();
  let [table, chain, begun] = ["", "", ""];
  for (const line of text.split("\n")) {
    const [, family, name] = /^table (\S+) (\S+) \{/.exec(line) ?? [];
    if (family) table = `${family} ${name}`;
    const opened = /^\tchain (\S+) \{/.exec(line)?.[1];
    if (opened !== undefined) [chain, begun] = [opened, ""];
    if (opened !== undefined || !line.startsWith("\t\t") || / hook \w+ .*priority/.test(line)) continue;
    begun = `${begun} ${line.trim()}`;
    const handle = / # handle (\d+)$/.exec(line)?.[1];
    if (handle === undefined) continue;
    const bare = begun.replace(/ # handle \d+$/, "").replace(/ counter packets \d+ bytes \d+/, "");
    texts.set(`${table} ${chain} ${handle}`, bare.trim());
    begun = "";
  }
  return texts;
}
