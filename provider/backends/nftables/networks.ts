import type { Plan } from "../../plan/plan.ts";
import { textOf } from "../../plan/text.ts";
import { MARK, PASS } from "./mark.ts";
import { refill } from "./table.ts";

const table = "inet kvmnetnetworks";
const directory = "/etc/kvmnet/nft/kvmnetnetworks.d";
/** Longer than an interface's name may be: no bridge's part is called so. */
const policyPart = "kvmnethost-forward";

/**
 * What no network's table can know, and the host's neither: whose networks a packet goes from and to. So it is marked in a table
 * that all of them fill.
 *
 * - Guests of two networks of ours see each other's own addresses: marked before any network translates. A chain of this type
 *   sees the first packet of a connection alone (nft(8), "nat" chains); after routing it knows where that came from since Linux 5.7.
 * - What the host's own policy is not to judge, where there is one: marked right before it.
 */
const marking = refill({
  name: table,
  maps: {},
  sets: { bridges: "ifname;", judged: "nf_proto;" },
  chains: {
    between: { hook: "nat hook postrouting priority srcnat - 1", rules: [`iifname @bridges oifname @bridges ${MARK}`] },
    passing: {
      hook: "filter hook forward priority filter + 9",
      rules: ["meta nfproto != @judged return", ...["iifname", "oifname"].map((way) => `${way} @bridges ${PASS}`)],
    },
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

/** Has what is to and from our networks marked for a policy about all that the host forwards. */
export function sparedNetworks(): Plan {
  return {
    [`shared ruleset ${table}`]: marking,
    [`elements ${table} ${policyPart}`]: textOf(["judged { ipv4 }", "judged { ipv6 }"]),
  };
}
