import type { Group } from "../../model/nouns/forward.ts";
import { groupTableOf } from "../../model/table.ts";
import type { Plan } from "../../plan/plan.ts";
import { textOf } from "../../plan/text.ts";
import type { Family } from "./family.ts";
import { restored } from "./restore.ts";
import { type Chain, refill } from "./table.ts";

/**
 * Type of a map's key that begins with the number of a slot. A type has no name for such a number (and nft 1.0 and 1.1 cannot
 * list a map that is declared by `jhash`), so it is told by example: any other expression of the same type. They cannot read a
 * map again, either, whose values are told by example and have ports: those have a map of their own.
 */
const SLOT = "typeof numgen random mod 2 . meta l4proto . th dport";
const DIALLED = "meta l4proto . th dport";

/** A table that leads to places, one for each slot. */
export interface Led extends Pick<Group, "bridge" | "name" | "targets" | "ports"> {
  readonly family: Family;
  readonly chains: Readonly<Record<string, Chain>>;
  /** There is a map that is filled from outside of the plan. */
  readonly live: boolean;
}

/** Leads what has come so far to where a map has it: a slot's, by an expression that gives the slot. */
export function lead({ ip }: Family, slot: string, map: "targets" | "healthy"): string {
  return `meta l4proto { tcp, udp } dnat ${ip} to ${slot} . ${DIALLED} map @${map} : ${DIALLED} map @ports`;
}

/** The file with the table's elements. */
export function partOf({ bridge, name }: Pick<Led, "bridge" | "name">): string {
  return `${directoryOf({ bridge, name })}/targets.nft`;
}

/** A table of its own beside its network's: `targets` has where each slot leads, and `ports` to which port there. */
export function ledTable(led: Led): Plan {
  const { bridge, name, family, chains, live } = led;
  const table = `inet ${groupTableOf(bridge, name)}`;
  const map = `${SLOT} : ${family.ip} daddr;`;
  const maps = {
    targets: map,
    ...(live && { healthy: `${map} flags dynamic;` }),
    ports: "inet_proto . inet_service : inet_service;",
  };
  return {
    [`ruleset ${table}`]: refill({ name: table, maps, sets: {}, chains, include: `${directoryOf(led)}/*.nft` }),
    [`elements ${table} targets`]: elements(led),
    ...restored,
  };
}

function directoryOf({ bridge, name }: Pick<Led, "bridge" | "name">): string {
  return `/etc/kvmnet/nft/${groupTableOf(bridge, name)}.d`;
}

function elements({ targets, ports }: Led): string {
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
