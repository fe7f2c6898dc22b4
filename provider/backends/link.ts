import type { Link } from "../model/nouns.ts";
import type { Plan } from "../plan/plan.ts";
import { textOf } from "../plan/text.ts";

export const header = "# Kept by pulumi-kvmnet; changes by hand are overwritten.";

/** The live interface, whoever keeps it over a reboot. */
export function liveLink(link: Link): Plan {
  const lines = [
    `type ${link.type}`,
    `mac ${link.mac}`,
    ...(link.mtu === undefined ? [] : [`mtu ${link.mtu}`]),
    ...(link.stp === undefined ? [] : [`stp ${link.stp ? 1 : 0}`]),
    ...(link.forwardDelaySeconds === undefined ? [] : [`forward_delay ${link.forwardDelaySeconds}`]),
    ...(link.multicastSnooping === undefined ? [] : [`multicast_snooping ${link.multicastSnooping ? 1 : 0}`]),
    ...link.addresses.map(({ address, broadcast }) => `addr ${address}${broadcast ? ` brd ${broadcast}` : ""}`),
    "up",
  ];
  const ports = link.ports.map((port) => [`port ${port}`, textOf([`master ${link.name}`])]);
  return {
    [`link ${link.name}`]: textOf(lines),
    ...(link.master && { [`port ${link.name}`]: textOf([`master ${link.master}`]) }),
    ...Object.fromEntries(ports),
  };
}
