import type { Plan } from "../../plan/plan.ts";
import { textOf } from "../../plan/text.ts";
import { header } from "../header.ts";

/** Each file alone: a broken one keeps no other from loading. */
const load =
  '/bin/sh -c \'for f in /etc/kvmnet/nft/*.nft; do [ ! -e "$f" ] || nft -f "$f" || failed=1; done; test -z "$$failed"\'';

/** Loads our tables at boot, and again whenever nftables.service or firewalld has reloaded, which flushes all tables. */
const restoreUnit = `${header}
[Unit]
Description=Firewall tables of pulumi-kvmnet
DefaultDependencies=no
After=local-fs.target systemd-sysctl.service nftables.service
Before=network-pre.target libvirtd.service virtqemud.service virtlxcd.service shutdown.target
Wants=network-pre.target
PartOf=nftables.service
ReloadPropagatedFrom=nftables.service firewalld.service
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${load}
ExecReload=${load}

[Install]
WantedBy=multi-user.target nftables.service
`;

/** What everybody who has a table shares. */
export const restored: Plan = {
  "shared file /etc/systemd/system/kvmnet-nft.service": restoreUnit,
  // Active, for only then does it hear that another program's reload has flushed everything.
  "shared unit kvmnet-nft.service": textOf(["enabled", "active"]),
};
