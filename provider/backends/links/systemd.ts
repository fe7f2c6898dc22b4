import type { Link } from "../../model/nouns/link.ts";
import type { Plan } from "../../plan/plan.ts";
import { textOf } from "../../plan/text.ts";
import { header } from "../header.ts";
import { liveLink } from "./live.ts";

/** A oneshot unit makes the link at boot from a batch of ip(8): for hosts whose links nobody keeps that we know. */
export function systemdLink(link: Link): Plan {
  return {
    [`file /etc/kvmnet/links/${link.name}.ip`]: textOf([header, ...batch(link)]),
    "shared file /etc/systemd/system/kvmnet-link@.service": unit,
    ...liveLink(link),
    [`unit kvmnet-link@${link.name}.service`]: textOf(["enabled"]),
  };
}

/** What makes the link: lines for ip(8). Delays are in hundredths of a second (ip-link(8)). */
export function batch(link: Link): string[] {
  const { name, type, mac, mtu, stp, forwardDelaySeconds: delay, multicastSnooping: snooping, vlanFiltering } = link;
  const options = [
    ...(stp === undefined ? [] : [`stp_state ${Number(stp)}`]),
    ...(delay === undefined ? [] : [`forward_delay ${delay * 100}`]),
    ...(snooping === undefined ? [] : [`mcast_snooping ${Number(snooping)}`]),
    ...(vlanFiltering === undefined ? [] : [`vlan_filtering ${Number(vlanFiltering)}`]),
  ];
  return [
    `link add ${name} address ${mac} type ${type}`,
    ...(options.length ? [`link set dev ${name} type bridge ${options.join(" ")}`] : []),
    ...(mtu === undefined ? [] : [`link set dev ${name} mtu ${mtu}`]),
    ...link.addresses.map(
      ({ address, broadcast }) => `addr add ${address}${broadcast ? ` broadcast ${broadcast}` : ""} dev ${name}`,
    ),
    ...(link.master ? [`link set dev ${name} master ${link.master}`] : []),
    ...link.ports.map((port) => `link set dev ${port} master ${name}`),
    `link set dev ${name} up`,
    ...(link.routes ?? []).map(({ prefix, gateway }) => `route replace ${prefix} via ${gateway} dev ${name}`),
  ];
}

const unit = `${header}
[Unit]
Description=Virtual network interface %i
DefaultDependencies=no
After=local-fs.target systemd-sysctl.service
Before=network.target libvirtd.service virtqemud.service virtlxcd.service
Wants=network.target

[Service]
Type=oneshot
RemainAfterExit=yes
# Else a slice of our own would stay after the last link.
Slice=system.slice
# Forced, and no failure: what is there already stays, and the rest is made.
ExecStart=-/sbin/ip -force -batch /etc/kvmnet/links/%i.ip

[Install]
WantedBy=multi-user.target
`;
