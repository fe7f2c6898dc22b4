/**
 * What every unit of ours goes without (systemd.exec(5), "Sandboxing"): lines of its `[Service]` section, in three parts, since
 * what a unit has of its own stands between them.
 */
export const sandbox = {
  files: `NoNewPrivileges=yes
ProtectSystem=strict`,
  kernel: `PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes`,
  calls: `RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service`,
} as const;
