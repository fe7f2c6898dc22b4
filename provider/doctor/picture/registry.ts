import { parseOwner, titleOf } from "../../model/owner.ts";
import type { FactLines } from "./picture.ts";

/** An object of ours, as the host's registry has it. */
export interface Registered {
  /** As in a plan: `ruleset inet kvmnet_br0`. */
  readonly key: string;
  readonly kind: string;
  readonly name: string;
  /** URN of the resource; absent for what several share. */
  readonly owner?: string;
  /** Of a file: whether it is there as it was written. Of others: the text that was applied. */
  readonly text: readonly string[];
}

/** Reads the registry; what makes no sense in it is passed over. */
export function parseRegistry(facts: FactLines): Registered[] {
  return Object.entries(facts)
    .filter(([name]) => name.startsWith("object "))
    .flatMap(([, [key = "", owner = "-", ...text]]) => {
      const [, kind, name] = /^(?:shared )?(\S+) (.+)$/.exec(key) ?? [];
      return kind !== undefined && name !== undefined
        ? [{ key, kind, name, text, ...(owner !== "-" && owner !== "" && { owner }) }]
        : [];
    });
}

/** `PortForward "web"` of `urn:pulumi:prod::lab::pulumi-nodejs:dynamic/kvmnet:PortForward::web`. */
export function resourceOf({ owner }: Registered): string {
  return owner === undefined ? "several resources" : titleOf(parseOwner(owner));
}

/** The interface that a table of ours is for, by the resource that owns it or by the table's text. */
export function bridgeOf({ text }: Registered): string | undefined {
  return /iifname != "([^"]+)" return/.exec(text.join("\n"))?.[1];
}
