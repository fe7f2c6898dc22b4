import type { Network } from "./networks.ts";
import { prefixesOf } from "./networks.ts";
import { within } from "./packets/addresses.ts";
import type { Forward } from "./packets/rule.ts";
import { baseChains, type Place } from "./packets/walk.ts";
import type { Scene } from "./scene.ts";

/** A port of the host that leads elsewhere, and the rule that says so. */
export interface Leading {
  readonly forward: Forward;
  readonly place: Place;
}

/** Ports of the host that lead elsewhere, in the order in which rules are asked. */
export function forwardsOf({ picture }: Scene): Leading[] {
  return baseChains(picture.tables, "prerouting").flatMap(({ table, chain }) => {
    if (chain.type !== "nat") return [];
    const reached = new Set([chain]);
    for (const one of reached)
      for (const { does } of one.rules) {
        const next = does.verb === "jump" || does.verb === "goto" ? table.chains.get(does.chain) : undefined;
        if (next) reached.add(next);
      }
    return [...reached].flatMap((one) =>
      one.rules.flatMap((rule) =>
        rule.does.verb === "dnat"
          ? rule.does.targets.map((forward) => ({ forward, place: { table, chain: one, rule } }))
          : [],
      ),
    );
  });
}

/** `tcp 443 → 10.0.0.10:8443`. */
export function forwardText({ forward: { protocol, port, to, targetPort } }: Leading): string {
  return `${protocol} ${port || "any port"} → ${to}${targetPort && `:${targetPort}`}`;
}

/** The network that a forward leads to. */
export function networkOf(scene: Scene, { forward }: Leading): Network | undefined {
  return scene.networks.find((network) => prefixesOf(network).some((prefix) => within(forward.to, prefix)));
}
