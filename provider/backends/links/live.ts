import type { Link } from "../../model/nouns/link.ts";
import type { Plan } from "../../plan/plan.ts";
import { textOf } from "../../plan/text.ts";

/** The interface as it is now, whoever makes it again after a reboot: attributes of the link, and its ports. */
export function liveLink(link: Link): Plan {
  const ports = link.ports.map((port) => [`port ${port}`, textOf([`master ${link.name}`])]);
  return {
    [`link ${link.name}`]: textOf(attributes(link)),
    ...(link.master && { [`port ${link.name}`]: textOf([`master ${link.master}`]) }),
    ...Object.fromEntries(ports),
    ...(link.uplink && { [`shared address ${link.uplink}`]: textOf(["none"]) }),
  };
}

function attributes(link: Link): string[] {
  const { type, mac, mtu, stp, forwardDelaySeconds: delay, multicastSnooping: snooping, vlanFiltering } = link;
  return [
    `type ${type}`,
    `mac ${mac}`,
    ...(mtu === undefined ? [] : [`mtu ${mtu}`]),
    ...(stp === undefined ? [] : [`stp ${Number(stp)}`]),
    ...(delay === undefined ? [] : [`forward_delay ${delay}`]),
    ...(snooping === undefined ? [] : [`multicast_snooping ${Number(snooping)}`]),
    ...(vlanFiltering === undefined ? [] : [`vlan_filtering ${Number(vlanFiltering)}`]),
    ...link.addresses.map(({ address, broadcast }) => `addr ${address}${broadcast ? ` brd ${broadcast}` : ""}`),
    ...(link.dhcp4 ? ["dhcp4"] : []),
    ...(link.routes ?? []).map(
      ({ prefix, gateway }) => `route ${prefix.replace(/^0\.0\.0\.0\/0$/, "default")} via ${gateway}`,
    ),
    "up",
  ];
}
