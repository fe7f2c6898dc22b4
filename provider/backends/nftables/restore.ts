import type { Plan } from "../../plan/plan.ts";
import { textOf } from "../../plan/text.ts";
import { header } from "../header.ts";
import { sandbox } from "../sandbox.ts";

const script = "/etc/kvmnet/restore.sh";
const unit = "/etc/systemd/system/kvmnet-nft.service";

const restoreScript = `${header}
# Loads our firewall tables: \`all\`, or \`watch\`: those that another program deletes, as soon as they are gone.

# Each file alone: a broken one keeps no other from loading.
load() {
  failed=0
  for file in /etc/kvmnet/nft/*.nft; do
    [ -e "$file" ] || continue
    table=$(sed -n '/^table /{s/ {$//p;q}' "$file")
    if [ "$1" = missing ]; then
      ! nft list tables | grep -qxF "$table" || continue
      echo "$table was deleted: loading it again"
    fi
    nft -f "$file" || failed=1
  done
  return "$failed"
}

case $1 in
  all) load all ;;
  watch)
    # First listens, then looks at what was deleted before. An event that the kernel had to drop is a line, too.
    { (sleep 0.2 2> /dev/null || sleep 1; echo) & exec nft monitor tables 2>&1; } | while read -r event; do
      # Under the lock of our own changes: what they delete has no file any more when they let go of it.
      (flock 9 && load missing) 9> /run/kvmnet/lock
    done
    ;;
esac
`;

/** Loads our tables at boot, and whenever they are gone: a reload of nftables.service flushes all tables, as others do. */
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
# What follows at boot waits for this, and is not kept back by a broken table.
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
