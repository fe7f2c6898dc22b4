import { z } from "zod";
import type { Mistake } from "../model/mistake.ts";
import type { ResourceDefinition } from "../model/resource.ts";
import { guestTableOf } from "../model/table.ts";
import { ipRanges } from "../model/values/address.ts";
import { contains } from "../model/values/prefix.ts";
import { CONFIRM_SECONDS, confirmTimeoutSeconds } from "./confirm.ts";
import { firewallBackend } from "./firewall-backend.ts";
import { nftInstalled } from "./host-expectations.ts";
import { type Published, parsePublished, publishedCautions } from "./published.ts";
import { forwardRule, parseForwardRule, parseRule, rule } from "./rule.ts";

const args = z.strictObject({
  ingress: z.array(rule).optional().describe("What else is let in, or kept out, in this order."),
  filterPublished: z
    .boolean()
    .optional()
    .describe("ingress decides about ports that containers publish, too, by what is dialled. Default: false."),
  forward: z
    .array(forwardRule)
    .optional()
    .describe(
      "What the host forwards beyond networks of ours, in this order; the rest is dropped. Default: everything.",
    ),
  sshSourceRanges: ipRanges("Name where SSH may come from, or leave it out for anywhere.")
    .optional()
    .describe("Where SSH may come from. Default: anywhere."),
  ping: z.boolean().optional().describe("Answer echo requests. Default: true."),
  confirmTimeoutSeconds,
  backend: firewallBackend,
});
type Args = z.output<typeof args>;

/**
 * What a host lets in: its own loopback, answers, ICMP, DHCP and DNS for guests on its bridges, SSH, and a list. All
 * else is dropped. And, where it is asked for, what the host forwards. The port of SSH is that of the connection by which the host was first asked.
 */
export const hostFirewall: ResourceDefinition<Args> = {
  type: "HostFirewall",
  args,
  replaceOn: [],
  id: () => "host",
  // Its user may come from elsewhere by now.
  findOn: ["sshSourceRanges"],
  find: (_, { ssh }) => ({
    backend: "nftables",
    sshPort: ssh?.serverPort ?? 22,
    ...(ssh && { sshClient: ssh.clientAddress }),
  }),
  complete: (given) => ({ ...given }),
  derived: () => ({ table: "kvmnethost" }),
  mistakes: ({ sshSourceRanges = [] }, { found, hostName }) => lockedOut(sshSourceRanges, found.sshClient, hostName),
  desired: ({ ingress = [], sshSourceRanges = [], ping = true, filterPublished = false, forward }, { sshPort }) => [
    {
      ...{ noun: "host-policy", sshPort: Number(sshPort), sshSourceRanges, ping, filterPublished },
      ingress: ingress.map(parseRule),
      ...(forward && { forward: forward.map(parseForwardRule) }),
    },
  ],
  expects: () => [nftInstalled],
  confirmSeconds: (given) => given.confirmTimeoutSeconds ?? CONFIRM_SECONDS,
  reads: () => [["bridged"], ["published"]],
  outputs: (_, [bridged = "", published = ""]) => ({
    unseen: unseenIn(bridged),
    published: parsePublished(published),
  }),
  cautions: ({ filterPublished = false, forward }, { unseen, published }, hostName) => [
    ...(unseen as string[]).map(
      (bridge) =>
        `HostFirewall does not see what guests of ${bridge} exchange with the LAN: ${hostName} bridges it, and routes nothing. To filter that, declare a GuestFilter of ${bridge}.`,
    ),
    ...(filterPublished || forward ? [] : publishedCautions(published as Published[], hostName)),
  ],
};

/** Bridges with the LAN on them and no GuestFilter, of the runtime's `bridged` reading. */
function unseenIn(reading: string): string[] {
  const lines = reading.split("\n").map((line) => line.split(" "));
  const tables = lines.filter(([kind]) => kind === "table").map(([, name]) => name);
  const bridges = lines.flatMap(([kind, bridge]) => (kind === "port" && bridge ? [bridge] : []));
  return [...new Set(bridges)].filter((bridge) => !tables.includes(guestTableOf(bridge)));
}

function lockedOut(ranges: readonly string[], client: unknown, hostName: string): Mistake[] {
  if (ranges.length === 0 || typeof client !== "string" || ranges.some((range) => contains(range, client))) return [];
  return [
    {
      path: "sshSourceRanges",
      text: `none of ${ranges.join(", ")} contains ${client}, where you come from; ${hostName} would lock you out. Add it.`,
    },
  ];
}
