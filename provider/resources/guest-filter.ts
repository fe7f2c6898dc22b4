import { z } from "zod";
import type { Mistake } from "../model/mistake.ts";
import type { GuestPort } from "../model/nouns/filter.ts";
import type { Expectation, ResourceDefinition } from "../model/resource.ts";
import { guestTableOf } from "../model/table.ts";
import { ipRange } from "../model/values/address.ts";
import { mac } from "../model/values/mac.ts";
import { interfaceName } from "../model/values/name.ts";
import { guestMistakes, namedTwice } from "./guest-ports.ts";
import { bridgeExists, nftInstalled } from "./host-expectations.ts";
import { parseRule, rule } from "./rule.ts";

const guest = z.strictObject({
  tap: interfaceName.optional().describe("Name of the host's end; comes with a VmInterface."),
  mac: mac.optional().describe("The guest's; comes with a VmInterface."),
  addresses: z.array(ipRange).optional().describe("What the guest may send from. Default: the VmInterface's address."),
});
const verdict = z.enum(["accept", "drop"]);
const args = z.strictObject({
  bridge: interfaceName.describe("The bridge that the guests are plugged into."),
  guests: z
    .array(guest)
    .min(1, { error: "is empty, which would filter nothing. Leave it out for all guests of the bridge." })
    .optional()
    .describe("Whom it filters. Default: all ports of the bridge but the uplinks."),
  uplinks: z.array(interfaceName).optional().describe("Ports of the bridge without a guest behind them."),
  ingress: z.array(rule).optional().describe("What others may begin with guests, in this order."),
  egress: z.array(rule).optional().describe("What guests may begin with others, in this order."),
  ingressDefault: verdict.optional().describe("All else that others begin. Default: drop."),
  egressDefault: verdict.optional().describe("All else that guests begin. Default: accept."),
  antiSpoof: z.boolean().optional().describe("Guests send from their own addresses alone. Default: false."),
  backend: z.enum(["nftables"]).optional().describe("Default: nftables."),
});
type Args = z.output<typeof args>;

/** What is let through in front of the guests of a bridge, of frames that the host's own firewall never sees. */
export const guestFilter: ResourceDefinition<Args> = {
  type: "GuestFilter",
  args,
  replaceOn: ["bridge"],
  id: ({ bridge }) => bridge,
  complete: (given) => ({ ...given }),
  derived: ({ bridge }) => ({ table: guestTableOf(bridge) }),
  mistakes: (given) => [
    ...(given.guests === undefined ? [] : guestMistakes(given.guests, given.antiSpoof ?? false)),
    ...allMistakes(given),
    ...rejectMistakes(given),
  ],
  desired: (given) => [
    {
      noun: "guest-policy",
      bridge: given.bridge,
      ...(given.guests && { guests: given.guests.map(portOf) }),
      uplinks: given.uplinks ?? [],
      ingress: (given.ingress ?? []).map(parseRule),
      egress: (given.egress ?? []).map(parseRule),
      ingressDefault: given.ingressDefault ?? "drop",
      egressDefault: given.egressDefault ?? "accept",
      antiSpoof: given.antiSpoof ?? false,
    },
  ],
  expects: ({ bridge, guests, uplinks = [] }) => [
    nftInstalled,
    bridgeExists(bridge),
    ...(guests === undefined ? [nicsListed(bridge, uplinks)] : []),
  ],
  reads: () => [],
  outputs: () => ({}),
};

function portOf({ tap = "", mac: address, addresses = [] }: NonNullable<Args["guests"]>[number]): GuestPort {
  return { tap, ...(address !== undefined && { mac: address }), addresses };
}

/** The host itself would be taken for a guest's peer behind a NIC that is taken for a guest. */
function nicsListed(bridge: string, uplinks: readonly string[]): Expectation {
  return {
    expect: ["nics-listed", bridge, uplinks.join(",")],
    explain: (nic, host) => ({
      path: "uplinks",
      text: `${nic} is a port of ${bridge} on ${host}, and no guest's; it would be filtered. Add it to uplinks, or pass the Bridge resource.`,
    }),
  };
}

/** What depends on whether guests are named. */
function allMistakes({ guests, uplinks = [], antiSpoof }: Args): Mistake[] {
  if (guests === undefined) {
    const text = "needs guests, or nobody knows whose address is whose. List them.";
    return [...namedTwice("uplinks", uplinks), ...(antiSpoof ? [{ path: "antiSpoof", text }] : [])];
  }
  const text = "is for a filter of all guests of the bridge; this one names its guests. Leave one of them out.";
  return uplinks.length ? [{ path: "uplinks", text }] : [];
}

/** The kernel answers where frames come in, and not where they go out to a guest (nft(8), "REJECT STATEMENT"). */
function rejectMistakes({ ingress = [] }: Args): Mistake[] {
  return ingress.flatMap(({ action }, index) => {
    const text = 'a frame on its way to a guest can be dropped, and not answered. Use "drop".';
    return action === "reject" ? [{ path: `ingress[${index}].action`, text }] : [];
  });
}
