import { textOf } from "../../plan/text.ts";
import { header } from "../header.ts";

/** A chain: its hook, and its rules. Without a hook it is one that others jump to. */
export interface Chain {
  readonly hook?: string;
  readonly rules: readonly string[];
}

/** A table's whole content; the elements of its maps and sets are parts of their own. */
export interface Table {
  /** Family and name, such as `inet kvmnet_virbr10`. */
  readonly name: string;
  /** By their names, what they hold: types, or `typeof` and expressions. */
  readonly maps: Readonly<Record<string, string>>;
  readonly sets: Readonly<Record<string, string>>;
  readonly chains: Readonly<Record<string, Chain>>;
  /** Files with elements. */
  readonly include?: string;
}

/**
 * A script that refills the table in place, in one transaction: flows through a live table are not lost, which they are
 * when it is deleted and added again (nft(8), "flush table"). A hook costs each packet something, so a chain that has one and
 * no rules is taken away, whether or not it was there.
 */
export function refill({ name, maps, sets, chains, include }: Table): string {
  const all = Object.entries(chains);
  const named = [
    ...Object.entries(maps).map(([map, type]) => ["map", map, type] as const),
    ...Object.entries(sets).map(([set, type]) => ["set", set, type] as const),
  ];
  return textOf([
    header,
    `table ${name} {`,
    ...named.map(([kind, each, type]) => `\t${kind} ${each} { ${type.startsWith("typeof ") ? "" : "type "}${type} }`),
    "}",
    `flush table ${name}`,
    ...named.map(([kind, each]) => `flush ${kind} ${name} ${each}`),
    ...all.filter(isIdle).flatMap(([chain]) => ["add", "delete"].map((verb) => `${verb} chain ${name} ${chain}`)),
    `table ${name} {`,
    ...all
      .filter((one) => !isIdle(one))
      .flatMap(([chain, { hook, rules }]) => [
        `\tchain ${chain} {`,
        ...(hook ? [`\t\ttype ${hook}; policy accept;`] : []),
        ...rules.map((rule) => `\t\t${rule}`),
        "\t}",
      ]),
    "}",
    ...(include ? [`include "${include}"`] : []),
  ]);
}

function isIdle([, { hook, rules }]: readonly [string, Chain]): boolean {
  return hook !== undefined && rules.length === 0;
}
