import type { Intercept } from "../../model/nouns/forward.ts";
import type { Plan } from "../../plan/plan.ts";
import { relayFor } from "../relay.ts";
import { familyOf } from "./family.ts";
import { lead, ledTable } from "./led.ts";

/** There is one. */
const ONLY_SLOT = "numgen random mod 1";

/**
 * Leads guests away from wherever they dial beyond the host and their own network: to the target, or to a relay on the bridge's
 * address, which has a port for each of the target's. After the network's own chain: an intercept of one address goes first.
 */
export function interceptAny(intercept: Intercept, place: string): Plan {
  const { bridge, name, target, ports, relays } = intercept;
  const family = familyOf(target);
  const { ip } = family;
  const led = ports.map(({ protocol, port, targetPort }) => {
    const relay = relayFor(intercept, protocol, targetPort.first);
    return { protocol, port, targetPort: relay ? { first: relay.port, last: relay.port } : targetPort };
  });
  const rules = [
    `iifname != "${bridge}" return`,
    `meta nfproto != ${ip === "ip" ? "ipv4" : "ipv6"} return`,
    // The host's own services; and multicast, which nobody answers.
    "fib daddr type != unicast return",
    // From guest to guest, where br_netfilter hands that to us.
    `fib daddr oifname "${bridge}" return`,
    // A server that itself asks others would be led back to itself.
    ...(relays ? [] : [`${ip} saddr ${target} return`]),
    lead(family, ONLY_SLOT, "targets"),
  ];
  const chains = { prerouting: { hook: "nat hook prerouting priority dstnat + 1", rules } };
  return ledTable({ bridge, name, targets: [place], ports: led, family, chains, live: false });
}
