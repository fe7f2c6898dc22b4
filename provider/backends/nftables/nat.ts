import type { Nat } from "../../model/nouns/nat.ts";
import { tableOf } from "../../model/table.ts";
import type { Plan } from "../../plan/plan.ts";
import { forwarding } from "./forwarding.ts";
import { ownNetwork } from "./networks.ts";
import { egress, forward, input, mangle } from "./policy.ts";
import { restored } from "./restore.ts";
import { refill, type Table } from "./table.ts";
import { maps, output, postrouting, prerouting, sets } from "./translate.ts";

/** One table for a network: translation, what its guests may reach, and the maps that its forwards fill. */
export function renderNat(nat: Nat): Plan {
  const table = tableOf(nat.bridge);
  return {
    [`ruleset inet ${table}`]: refill(inetTable(table, nat)),
    ...(nat.guestToGuest === "deny" && { [`ruleset bridge ${table}`]: refill(bridgeTable(table, nat)) }),
    ...ownNetwork(nat.bridge),
    ...forwarding(nat),
    ...restored,
  };
}

function inetTable(table: string, nat: Nat): Table {
  return {
    name: `inet ${table}`,
    maps: maps(nat),
    sets: sets(nat),
    chains: {
      prerouting: prerouting(nat),
      output: output(nat),
      postrouting: postrouting(nat),
      mangle: mangle(nat),
      egress: egress(nat),
      forward: forward(nat),
      input: input(nat),
    },
    include: `/etc/kvmnet/nft/${table}.d/*.nft`,
  };
}

/** Frames from guest to guest are bridged, and never come to the inet family. */
function bridgeTable(table: string, { bridge }: Nat): Table {
  const rules = [`meta ibrname "${bridge}" meta obrname "${bridge}" drop`];
  return {
    name: `bridge ${table}`,
    maps: {},
    sets: {},
    chains: { forward: { hook: "filter hook forward priority filter", rules } },
  };
}
