import type { Link } from "../../model/nouns/link.ts";
import type { Plan } from "../../plan/plan.ts";
import { textOf } from "../../plan/text.ts";
import { header } from "../header.ts";
import { liveLink } from "./live.ts";
import { managed } from "./unmanaged.ts";

const directory = "/etc/NetworkManager/system-connections";
/** The most that there is (nm-settings-keyfile(5), "autoconnect-priority"): a port's profile wins over the host's own. */
const FIRST = 999;

/**
 * NetworkManager keeps a bridge with an uplink (nm-settings-keyfile(5)). The bridge's profile has what the uplink's says of IPv4 and
 * IPv6, word by word; that one stays as it is, behind a profile that makes the interface a port.
 */
export function networkmanagerLink({ uplink = "", routes: _, forwardDelaySeconds, ...link }: Link): Plan {
  const named = (name: string) => `private ${directory}/${name}.nmconnection`;
  const logical = `kvmnet-port-${uplink}`;
  // It hands a delay to the kernel with STP alone.
  const kept = link.stp && forwardDelaySeconds !== undefined ? { ...link, forwardDelaySeconds } : link;
  const ports = link.ports.map((port) => [
    named(`kvmnet-port-${port}`),
    textOf([header, ...portProfile(port, link.name)]),
  ]);
  const others = link.ports.filter((port) => port !== uplink);
  return {
    // Else they would be no ports after a boot.
    ...(others.length > 0 && managed(link.name, others)),
    [named(`kvmnet-${link.name}`)]: textOf([header, ...bridgeProfile(kept)]),
    ...Object.fromEntries(ports),
    // Its routes are NetworkManager's: some come with a lease.
    ...liveLink({ ...kept, uplink }),
    [`networkmanager ${uplink}`]: textOf([
      `as ${logical}`,
      `with ${link.name}`,
      ...others.map((port) => `port ${port}`),
    ]),
  };
}

function bridgeProfile(link: Link): string[] {
  const {
    name,
    mac,
    mtu,
    stp = false,
    forwardDelaySeconds: delay,
    multicastSnooping: snooping,
    vlanFiltering,
    profile,
  } = link;
  return [
    ...[
      "[connection]",
      `id=kvmnet-${name}`,
      "type=bridge",
      `interface-name=${name}`,
      `autoconnect-priority=${FIRST}`,
      "",
    ],
    ...["[ethernet]", `cloned-mac-address=${mac}`, ...(mtu === undefined ? [] : [`mtu=${mtu}`]), ""],
    ...["[bridge]", `stp=${stp}`, ...(delay === undefined ? [] : [`forward-delay=${delay}`])],
    ...(snooping === undefined ? [] : [`multicast-snooping=${snooping}`]),
    ...(vlanFiltering === undefined ? [] : [`vlan-filtering=${vlanFiltering}`]),
    ...["", "[ipv4]", ...(profile?.ipv4 ?? [])],
    ...["", "[ipv6]", ...(profile?.ipv6 ?? [])],
  ];
}

function portProfile(port: string, bridge: string): string[] {
  return [
    ...["[connection]", `id=kvmnet-port-${port}`, "type=ethernet", `interface-name=${port}`],
    ...[`autoconnect-priority=${FIRST}`, `master=${bridge}`, "slave-type=bridge"],
  ];
}
