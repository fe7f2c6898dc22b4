import { z } from "zod";
import { dnsmasqLeases, dnsmasqUnit } from "../model/dnsmasq.ts";
import type { Mistake } from "../model/mistake.ts";
import { shown } from "../model/values/shown.ts";
import { text } from "../model/values/text.ts";

/** As systemd names services (systemd.unit(5)); what a unit's file could take for something else is left out. */
const service = text((name) =>
  /^[A-Za-z0-9][A-Za-z0-9:_.@-]{0,200}\.service$/.test(name)
    ? undefined
    : `${shown(name)} is not a service of systemd's such as "dnsmasq@virbr10.service".`,
);
const file = text((path) =>
  /^\/[A-Za-z0-9_./@+-]{1,200}$/.test(path) && !/\/\.{0,2}(\/|$)/.test(path)
    ? undefined
    : `${shown(path)} is not a file such as /var/lib/dnsmasq/virbr10/leases. Write its whole path, of letters, digits and "_", ".", "@", "+", "-".`,
);

/** A server that somebody has set up on the bridge, and that ours stands in for. */
export const replacesArgs = z.strictObject({
  unit: service.describe("Its unit: stopped and disabled; a delete has it run again."),
  leaseFile: file.optional().describe("Its leases: brought along, and given back whenever ours stops."),
});
type Replaces = z.output<typeof replacesArgs>;

/** What is wrong with it: one of ours, by one of its ends. */
export function replacesMistakes(bridge: string, replaces: Replaces | undefined): Mistake[] {
  if (!replaces) return [];
  const mistakes: Mistake[] = [];
  if (replaces.unit.startsWith("kvmnet-")) {
    const wayOut = replaces.unit === dnsmasqUnit(bridge) ? "Leave replaces out." : "Take that resource's away instead.";
    mistakes.push({ path: "replaces.unit", text: `${replaces.unit} is a unit of ours. ${wayOut}` });
  }
  if (replaces.leaseFile === dnsmasqLeases(bridge)) {
    const text = `${replaces.leaseFile} is where this instance keeps its leases anyway. Leave it out.`;
    mistakes.push({ path: "replaces.leaseFile", text });
  }
  return mistakes;
}
