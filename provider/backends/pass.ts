import type { Pass } from "../model/nouns/filter.ts";
import type { Plan } from "../plan/plan.ts";
import { textOf } from "../plan/text.ts";
import { header } from "./header.ts";
import { sandbox } from "./sandbox.ts";

/**
 * The smallest entry by which another firewall lets a bridge's packets through. Which of them pass is up to the network's own
 * table; an accept there cannot overrule another table's drop.
 */
export function renderPass({ bridge, firewall }: Pass): Plan {
  return passes[firewall](bridge);
}

const passes: Readonly<Record<Pass["firewall"], (bridge: string) => Plan>> = {
  ufw: (bridge) => ({
    [`ufw ${bridge}`]: textOf([`allow in on ${bridge}`, `route allow in on ${bridge}`, `route allow out on ${bridge}`]),
  }),
  // firewalld.zones(5): trusted accepts all; what leads in from elsewhere is accepted as DNAT.
  firewalld: (bridge) => ({ [`firewalld ${bridge}`]: textOf(["zone trusted"]) }),
  // https://docs.docker.com/engine/network/packet-filtering-firewalls: the chain that Docker leaves to others.
  docker: (bridge) => ({
    [`docker ${bridge}`]: textOf(["accept in", "accept out"]),
    "shared file /etc/systemd/system/kvmnet-docker@.service": dockerUnit,
    [`unit kvmnet-docker@${bridge}.service`]: textOf(["enabled", "active"]),
  }),
  nftables: (bridge) => ({
    [`nftables ${bridge}`]: textOf(
      [`forward iifname "${bridge}"`, `forward oifname "${bridge}"`, `input iifname "${bridge}"`].map(
        (rule) => `${rule} accept comment "kvmnet ${bridge}"`,
      ),
    ),
    ...keptIn("nftables"),
  }),
  iptables: (bridge) => ({
    [`iptables ${bridge}`]: textOf(
      [`FORWARD -i ${bridge}`, `FORWARD -o ${bridge}`, `INPUT -i ${bridge}`].map(
        (rule) => `${rule} -m comment --comment "kvmnet ${bridge}" -j ACCEPT`,
      ),
    ),
    ...keptIn("iptables"),
  }),
};

/** Docker may be installed after us, and be started at any time: it brings this along. */
const dockerUnit = `${header}
[Unit]
Description=Let packets of %i through Docker's firewall
After=docker.service
PartOf=docker.service

[Service]
Type=oneshot
RemainAfterExit=yes
# Else a slice of our own would stay after the last network.
Slice=system.slice
ExecStart=-/usr/sbin/iptables -w -N DOCKER-USER
ExecStart=/bin/sh -c 'for way in -i -o; do set -- DOCKER-USER "$$way" "$$0" -m comment --comment "kvmnet $$0" -j ACCEPT; iptables -w -C "$$@" 2> /dev/null || iptables -w -I "$$@" || exit; done' %i

[Install]
WantedBy=multi-user.target docker.service
`;

const unit = "/etc/systemd/system/kvmnet-pass@.service";

/**
 * Whose chains those are loads them anew whenever they like: at boot, by a reload, by hand. The runtime that keeps the registry
 * then puts our rules back (`provider/host/runtime/pass.sh`): before there are guests, and as soon as the kernel tells.
 */
const passUnit = `${header}
[Unit]
Description=Rules of pulumi-kvmnet in chains of the host's own (%i)
DefaultDependencies=no
After=local-fs.target nftables.service netfilter-persistent.service iptables.service ip6tables.service kvmnet-nft.service
Before=network-pre.target libvirtd.service virtqemud.service virtlxcd.service shutdown.target
Wants=network-pre.target
Conflicts=shutdown.target
StartLimitIntervalSec=0

[Service]
ExecStartPre=-/bin/sh /var/lib/kvmnet/runtime.sh pass %i once
ExecStart=/bin/sh /var/lib/kvmnet/runtime.sh pass %i watch
Restart=always
RestartSec=1
# Else a slice of our own would stay after the last network.
Slice=system.slice
RuntimeDirectory=kvmnet
RuntimeDirectoryMode=0700
RuntimeDirectoryPreserve=yes
# The lock of iptables-legacy.
ReadWritePaths=/run
CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW
${sandbox.files}
ProtectHome=yes
${sandbox.kernel}
RestrictAddressFamilies=AF_NETLINK AF_INET AF_INET6
${sandbox.calls}

[Install]
WantedBy=multi-user.target
`;

/** One for all networks whose rules stand among those of the same program. */
function keptIn(program: "nftables" | "iptables"): Plan {
  return {
    [`shared file ${unit}`]: passUnit,
    [`shared unit kvmnet-pass@${program}.service`]: textOf(["enabled", "active", `restart on ${unit}`]),
  };
}
