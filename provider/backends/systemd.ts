import type { Link } from "../model/nouns.ts";
import type { Plan } from "../plan/plan.ts";
import { textOf } from "../plan/text.ts";
import { header, liveLink } from "./link.ts";

const template = "/etc/systemd/system/kvmnet-link@.service";

/** A oneshot unit makes the link at boot, from a batch of ip(8); for hosts whose network no other backend of ours keeps. */
export function systemdLink(link: Link): Plan {
  const batch = `/etc/kvmnet/links/${link.name}.ip`;
  return {
    [`file ${batch}`]: textOf(commands(link)),
    [`shared file ${template}`]: unit,
    ...liveLink(link),
    [`unit kvmnet-link@${link.name}.service`]: textOf(["enabled"]),
  };
}

function commands(link: Link): string[] {
  const { name } = link;
  const options = [
    ...(link.stp === undefined ? [] : [`stp_state ${link.stp ? 1 : 0}`]),
    ...(link.forwardDelaySeconds === undefined ? [] : [`forward_delay ${link.forwardDelaySeconds * 100}`]),
    ...(link.multicastSnooping === undefined ? [] : [`mcast_snooping ${link.multicastSnooping ? 1 : 0}`]),
  ];
  return [
    header,
    `link add ${name} address ${link.mac} type ${link.type}`,
    ...(options.length ? [`link set dev ${name} type bridge ${options.join(" ")}`] : []),
    ...(link.mtu === undefined ? [] : [`link set dev ${name} mtu ${link.mtu}`]),
    ...link.addresses.map(
      ({ address, broadcast }) => `addr add ${address}${broadcast ? ` broadcast ${broadcast}` : ""} dev ${name}`,
    ),
    ...(link.master ? [`link set dev ${name} master ${link.master}`] : []),
    ...link.ports.map((port) => `link set dev ${port} master ${name}`),
    `link set dev ${name} up`,
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
Slice=system.slice
# Forced: what exists already is no failure.
ExecStart=-/sbin/ip -force -batch /etc/kvmnet/links/%i.ip

[Install]
WantedBy=multi-user.target
`;
