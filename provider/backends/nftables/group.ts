import type { Group } from "../../model/nouns.ts";
import { groupTableOf } from "../../model/table.ts";
import type { Plan } from "../../plan/plan.ts";
import { textOf } from "../../plan/text.ts";
import { renderHealth } from "../health.ts";
import { type Family, familyOf } from "./family.ts";
import { restored } from "./restore.ts";
import { set } from "./rule.ts";
import { refill } from "./table.ts";

/**
 * Type of a map's key that begins with the number of a slot. A type has no name for such a number (and nft 1.0 and 1.1 cannot
 * list a map that is declared by `jhash`), so it is told by example: any other expression of the same type. They cannot read a
 * map again, either, whose values are told by example and have ports: those have a map of their own.
 */
const SLOT = "typeof numgen random mod 2 . meta l4proto . th dport";
/** Without one the kernel makes up another at each load, and everybody would change places. */
const SEED = "0x4b";

/**
 * A table of its own, which leads to one of several guests. Connections fall into slots, as many as there are targets, and
 * `targets` has where each leads, and `ports` to which port there. While some are unhealthy, `healthy` is filled from outside of the plan and is asked first. Its
 * slots are parts of the others, so many that what an unhealthy target had is shared out evenly; empty it changes nothing.
 */
export function renderGroup(group: Group): Plan {
  const { bridge, name, targets, healthCheck } = group;
  const table = groupTableOf(bridge, name);
  const family = familyOf(targets[0] ?? "");
  const directory = `/etc/kvmnet/nft/${table}.d`;
  const map = `${SLOT} : ${family.ip} daddr;`;
  return {
    [`ruleset inet ${table}`]: refill({
      name: `inet ${table}`,
      maps: {
        targets: map,
        ...(healthCheck && { healthy: `${map} flags dynamic;` }),
        ports: "inet_proto . inet_service : inet_service;",
      },
      sets: {},
      chains: {
        // After the network's own: what its guests are led away from by an intercept is not for this.
        prerouting: { hook: "nat hook prerouting priority dstnat + 1", rules: arriving(group, family) },
        output: { hook: "nat hook output priority -99", rules: leaving(group, family) },
      },
      include: `${directory}/*.nft`,
    }),
    [`elements inet ${table} targets`]: elements(group),
    ...restored,
    ...(healthCheck && renderHealth({ bridge, name, table, healthCheck, part: `${directory}/targets.nft` })),
  };
}

function elements({ targets, ports }: Group): string {
  const led = ports.flatMap(({ protocol, port, targetPort }) =>
    Array.from({ length: port.last - port.first + 1 }, (_, offset) => ({
      dialled: `${protocol} . ${port.first + offset}`,
      port: targetPort.first + offset,
    })),
  );
  return textOf([
    ...targets.flatMap((target, slot) => led.map(({ dialled }) => `targets { ${slot} . ${dialled} : ${target} }`)),
    ...led.map(({ dialled, port }) => `ports { ${dialled} : ${port} }`),
  ]);
}

function arriving(group: Group, family: Family): string[] {
  const { bridge, reachableFrom } = group;
  return [
    ...(reachableFrom.includes("lan") ? [] : [`iifname != "${bridge}" return`]),
    ...(reachableFrom.includes("guests") ? [] : [`iifname "${bridge}" return`]),
    ...leading(group, family),
  ];
}

/** Connections of the host itself; those to its loopback stay there. */
function leaving(group: Group, family: Family): string[] {
  if (!group.reachableFrom.includes("host")) return [];
  return [`${family.ip} daddr ${family.loopback} return`, ...leading(group, family)];
}

function leading(group: Group, { ip }: Family): string[] {
  const { targets, listenAddresses, sourceRanges, balance, healthCheck } = group;
  const slotOf = (slots: number) =>
    balance === "random" ? `numgen random mod ${slots}` : `jhash ${ip} saddr mod ${slots} seed ${SEED}`;
  const dialled = "meta l4proto . th dport";
  const lead = (slots: number, map: string) =>
    `meta l4proto { tcp, udp } dnat ${ip} to ${slotOf(slots)} . ${dialled} map @${map} : ${dialled} map @ports`;
  return [
    `meta nfproto != ${ip === "ip" ? "ipv4" : "ipv6"} return`,
    listenAddresses.length ? `${ip} daddr != ${set(listenAddresses)} return` : "fib daddr type != local return",
    ...(sourceRanges.length ? [`${ip} saddr != ${set(sourceRanges)} return`] : []),
    ...(healthCheck ? [lead(Math.max(1, targets.length * (targets.length - 1)), "healthy")] : []),
    lead(targets.length, "targets"),
  ];
}
