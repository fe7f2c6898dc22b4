import { header } from "../header.ts";

/** Each file alone: a broken one keeps no other from loading. */
const load =
  '/bin/sh -c \'for f in /etc/kvmnet/nft/*.nft; do [ ! -e "$f" ] || nft -f "$f" || failed=1; done; test -z "$$failed"\'';

/** Loads our tables at boot, and again whenever nftables.service or firewalld has reloaded, which flushes all tables. */
export const restoreUnit = `${header}
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
