import type { Link } from "../../model/nouns/link.ts";
import type { Plan } from "../../plan/plan.ts";
import { textOf } from "../../plan/text.ts";
import { header } from "../header.ts";
import { liveLink } from "./live.ts";
import { batch } from "./systemd.ts";

/**
 * ifupdown keeps a bridge with an uplink (interfaces(5)). What the host's own files say of the uplink is a logical interface to
 * it: the bridge is brought up as that one, and the uplink as one of ours. So method, addresses, routes, resolvers and commands
 * stay the user's, in files that nobody changes.
 */
export function ifupdownLink({ uplink = "", routes: _, ...link }: Link): Plan {
  const logical = `kvmnet-port-${uplink}`;
  const others = link.ports.filter((port) => port !== uplink);
  const script = `/etc/kvmnet/links/${link.name}.ip`;
  return {
    [`file ${script}`]: textOf([header, ...batch({ ...link, addresses: [], ports: others })]),
    [`file /etc/network/interfaces.d/kvmnet-${link.name}`]: textOf([
      header,
      ...stanzas(link.name, { uplink, logical, script }),
    ]),
    // Its routes are ifupdown's: some come with a lease.
    ...liveLink({ ...link, uplink }),
    [`ifupdown ${uplink}`]: textOf([`as ${logical}`, `with ${link.name}`]),
  };
}

/** Whatever brings the uplink up or down (`auto`, `allow-hotplug`, somebody by hand) does so to the bridge. */
function stanzas(
  bridge: string,
  { uplink, logical, script }: { uplink: string; logical: string; script: string },
): string[] {
  return [
    `mapping ${uplink}`,
    // Called with the physical interface's name, it prints the line that holds it.
    "  script grep",
    `  map ${logical}`,
    "",
    `iface ${logical} inet manual`,
    // Forced, and no failure: what is there already stays.
    `  pre-up ip -force -batch ${script} || true`,
    `  up ip link set dev $IFACE master ${bridge} up`,
    `  up ifup --no-mappings ${bridge}=$IFACE`,
    // The bridge's may be the user's, for the interface that it took over from.
    `  up ip link set dev $IFACE mtu "$(cat /sys/class/net/${bridge}/mtu)"`,
    `  down ifdown ${bridge} || true`,
  ];
}
