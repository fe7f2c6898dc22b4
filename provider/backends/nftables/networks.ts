import type { Plan } from "../../plan/plan.ts";
import { textOf } from "../../plan/text.ts";
import { MARK } from "./mark.ts";
import { refill } from "./table.ts";

const table = "inet kvmnetnetworks";
const directory = "/etc/kvmnet/nft/kvmnetnetworks.d";

/**
 * Guests of two networks of ours see each other's own addresses. No network's table can look into another's, so that what goes
 * from one to the other is marked in a table that all of them fill, before any of them translates.
 */
const marking = refill({
  name: table,
  maps: {},
  sets: { bridges: "ifname;" },
  chains: {
    forward: { hook: "filter hook forward priority mangle", rules: [`iifname @bridges oifname @bridges ${MARK}`] },
  },
  include: `${directory}/*.nft`,
});

/** Makes a bridge known as one of our networks. */
export function ownNetwork(bridge: string): Plan {
  return {
    [`shared ruleset ${table}`]: marking,
    [`elements ${table} ${bridge}`]: textOf([`bridges { "${bridge}" }`]),
  };
}
