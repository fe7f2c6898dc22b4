import { header } from "../header.ts";
import { sandbox } from "../sandbox.ts";
import { checkStale, dropStale } from "./leases.ts";

/** Capabilities that dnsmasq asks for: it starts as root, binds, and goes on as a user of its own. */
const capabilities = [
  ...["CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_NET_BIND_SERVICE"],
  ...["CAP_SETUID", "CAP_SETGID", "CAP_CHOWN", "CAP_DAC_OVERRIDE"],
];

/** The template of all instances, with as few rights as dnsmasq works with (systemd.exec(5), "Sandboxing"). */
export const unit = `${header}
[Unit]
Description=DHCP and DNS of %i
After=network.target kvmnet-nft.service
Before=libvirtd.service virtqemud.service virtlxcd.service
StartLimitIntervalSec=0

[Service]
Type=forking
PIDFile=/run/kvmnet-dnsmasq-%i.pid
ExecStartPre=-${dropStale}
# Where AppArmor keeps it from the reservations it would crash; asked to look for files of no kind there, it says so.
ExecStartPre=/usr/sbin/dnsmasq --test --conf-file=/etc/dnsmasq.d-available/kvmnet-%i.conf --conf-dir=/etc/dnsmasq.d-available/kvmnet-%i.hosts,*.none
ExecStart=/usr/sbin/dnsmasq --conf-file=/etc/dnsmasq.d-available/kvmnet-%i.conf --pid-file=/run/kvmnet-dnsmasq-%i.pid
# What a running dnsmasq cannot take in makes a reload fail; a restart is for that.
ExecReload=${checkStale}
# dnsmasq runs as another user, which a process with the capabilities below may not signal.
ExecReload=+/bin/kill -HUP $MAINPID
Restart=on-failure
RestartSec=5
# Else a slice of our own would stay after the last instance.
Slice=system.slice
CapabilityBoundingSet=${capabilities.join(" ")}
${sandbox.files}
ReadWritePaths=/run /var/lib/misc
ProtectHome=yes
PrivateTmp=yes
${sandbox.kernel}
ProtectProc=invisible
RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK AF_PACKET AF_UNIX
${sandbox.calls}

[Install]
WantedBy=multi-user.target
`;
