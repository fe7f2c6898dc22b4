import type { Pass } from "../model/nouns.ts";
import type { Plan } from "../plan/plan.ts";
import { textOf } from "../plan/text.ts";
import { header } from "./header.ts";

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
