import type { Plan } from "../../plan/plan.ts";
import { textOf } from "../../plan/text.ts";
import { header } from "../header.ts";

const path = "/etc/kvmnet/resolve.sh";

const script = `${header}
# resolve.sh BRIDGE SERVER DOMAIN: names of DOMAIN, and no others, are asked for at SERVER (resolvectl(1)).
tries=0
# What is said of a link before networkd is through with it, networkd forgets.
while systemctl -q is-active systemd-networkd.service && [ "$tries" -lt 50 ] && read -r index < "/sys/class/net/$1/ifindex" &&
  ! grep -qs '^ADMIN_STATE=\\(configured\\|unmanaged\\|failed\\)' "/run/systemd/netif/links/$index"; do
  tries=$((tries + 1))
  sleep 0.2
done
resolvectl dns "$1" "$2" && resolvectl domain "$1" "~$3" && resolvectl default-route "$1" no
`;

/**
 * Has the host's systemd-resolved ask the bridge's server for its domain. By a unit, since no file can say it of a link that
 * networkd does not keep; resolved and networkd forget it when they are restarted, and the kernel with the bridge.
 */
export function resolveOnHost(bridge: string, server: string, domain: string): Plan {
  const unit = `kvmnet-resolve@${bridge}.service`;
  const file = `/etc/systemd/system/${unit}`;
  return {
    [`shared file ${path}`]: script,
    [`file ${file}`]: unitFile(bridge, server, domain),
    [`file /etc/udev/rules.d/90-kvmnet-resolve-${bridge}.rules`]: textOf([
      header,
      `ACTION=="add", SUBSYSTEM=="net", KERNEL=="${bridge}", RUN+="/bin/systemctl --no-block restart ${unit}"`,
    ]),
    [`unit ${unit}`]: textOf(["enabled", "active", `restart on ${file}`, `restart on ${path}`]),
  };
}

function unitFile(bridge: string, server: string, domain: string): string {
  return `${header}
[Unit]
Description=Names of ${domain} for the host
After=systemd-resolved.service systemd-networkd.service kvmnet-dnsmasq@${bridge}.service
PartOf=systemd-resolved.service systemd-networkd.service

[Service]
Type=oneshot
RemainAfterExit=yes
# Else a slice of our own would stay after the last instance.
Slice=system.slice
ExecStart=/bin/sh ${path} ${bridge} ${server} ${domain}
ExecStop=-/usr/bin/resolvectl revert ${bridge}

[Install]
WantedBy=multi-user.target
`;
}
