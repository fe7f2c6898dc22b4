import type { Plan } from "../../plan/plan.ts";
import { textOf } from "../../plan/text.ts";
import { header } from "../header.ts";
import { sandbox } from "../sandbox.ts";

const script = "/etc/kvmnet/restore.sh";
const unit = "/etc/systemd/system/kvmnet-nft.service";

/**
 * Loads our tables: all, or those that another program deletes, as soon as they are gone. Each file alone: a broken one keeps no
 * other from loading. First it listens, then it looks at what was deleted before; an event that the kernel had to drop is a
 * line, too. It looks under the lock of our own changes: what they delete has no file any more when they let go of it. What
 * this says is not said in the script: the state of each network has it.
 */
const restoreScript = `${header}
load() {
  failed=0
  for file in /etc/kvmnet/nft/*.nft; do
    [ -e "$file" ] || continue
    table=$(sed -n '/^table /{s/ {$//p;q}' "$file")
    if [ "$1" = missing ]; then
      ! nft list chains | grep -qxF "$table {" || continue
      echo "$table was deleted: loading it again"
    fi
    nft -f "$file" || failed=1
  done
  return "$failed"
}

case $1 in
  all) load all ;;
  watch)
    { (sleep 0.2 2> /dev/null || sleep 1; echo) & exec nft monitor tables 2>&1; } | while read -r event; do
      (flock 9 && load missing) 9> /run/kvmnet/lock
    done
    ;;
esac
`;

/**
 * Loads our tables at boot, and whenever they are gone: a reload of nftables.service flushes all tables, as others do. What
 * follows at boot waits for the first, and is not kept back by a broken table.
 */
const restoreUnit = `${header}
[Unit]
Description=Firewall tables of pulumi-kvmnet
DefaultDependencies=no
After=local-fs.target systemd-sysctl.service nftables.service
Before=network-pre.target libvirtd.service virtqemud.service virtlxcd.service shutdown.target
Wants=network-pre.target
Conflicts=shutdown.target
StartLimitIntervalSec=0

[Service]
ExecStartPre=-/bin/sh ${script} all
ExecStart=/bin/sh ${script} watch
Restart=always
RestartSec=1
RuntimeDirectory=kvmnet
RuntimeDirectoryMode=0700
RuntimeDirectoryPreserve=yes
CapabilityBoundingSet=CAP_NET_ADMIN
${sandbox.files}
ProtectHome=yes
${sandbox.kernel}
RestrictAddressFamilies=AF_NETLINK
${sandbox.calls}

[Install]
WantedBy=multi-user.target
`;

/** What everybody who has a table shares. */
export const restored: Plan = {
  [`shared file ${script}`]: restoreScript,
  [`shared file ${unit}`]: restoreUnit,
  "shared unit kvmnet-nft.service": textOf(["enabled", "active", `restart on ${script}`, `restart on ${unit}`]),
};
