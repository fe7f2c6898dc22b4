import type { Group } from "../../model/nouns/forward.ts";
import { groupTableOf } from "../../model/table.ts";
import type { Plan } from "../../plan/plan.ts";
import { renderHealth } from "../health.ts";
import { type Family, familyOf } from "./family.ts";
import { lead, ledTable, partOf } from "./led.ts";
import { among, rangeSet, set } from "./rule.ts";

/** Without one the kernel makes up another at each load, and everybody would change places. */
const SEED = "0x4b";

/**
 * Leads to one of several guests. Connections fall into slots, as many as there are targets. While some are unhealthy, `healthy` is
 * asked first. Its slots are parts of the others, so many that what an unhealthy target had is shared out evenly; empty it
 * changes nothing.
 */
export function renderGroup(group: Group): Plan {
  const { bridge, name, targets, healthCheck } = group;
  const family = familyOf(targets[0] ?? "");
  const chains = {
    // After the network's own: what its guests are led away from by an intercept is not for this.
    prerouting: { hook: "nat hook prerouting priority dstnat + 1", rules: arriving(group, family) },
    output: { hook: "nat hook output priority -99", rules: leaving(group, family) },
  };
  return {
    ...ledTable({ ...group, family, chains, live: healthCheck !== undefined }),
    ...(healthCheck &&
      renderHealth({ bridge, name, table: groupTableOf(bridge, name), healthCheck, part: partOf(group) })),
  };
}

function arriving(group: Group, family: Family): string[] {
  const { bridge, listenInterfaces, reachableFrom } = group;
  return [
    ...among("iifname !=", listenInterfaces).map((others) => `${others} return`),
    ...(reachableFrom.includes("lan") ? [] : [`iifname != "${bridge}" return`]),
    ...(reachableFrom.includes("guests") ? [] : [`iifname "${bridge}" return`]),
    ...leading(group, family),
  ];
}

/** Connections of the host itself, which come in nowhere; those to its loopback stay there. */
function leaving(group: Group, family: Family): string[] {
  if (!group.reachableFrom.includes("host") || group.listenInterfaces.length) return [];
  return [`${family.ip} daddr ${family.loopback} return`, ...leading(group, family)];
}

function leading(group: Group, family: Family): string[] {
  const { targets, listenAddresses, sourceRanges, balance, healthCheck } = group;
  const { ip } = family;
  const slotOf = (slots: number) =>
    balance === "random" ? `numgen random mod ${slots}` : `jhash ${ip} saddr mod ${slots} seed ${SEED}`;
  return [
    `meta nfproto != ${ip === "ip" ? "ipv4" : "ipv6"} return`,
    listenAddresses.length ? `${ip} daddr != ${set(listenAddresses)} return` : "fib daddr type != local return",
    ...(sourceRanges.length ? [`${ip} saddr != ${rangeSet(sourceRanges)} return`] : []),
    ...(healthCheck ? [lead(family, slotOf(Math.max(1, targets.length * (targets.length - 1))), "healthy")] : []),
    lead(family, slotOf(targets.length), "targets"),
  ];
}
