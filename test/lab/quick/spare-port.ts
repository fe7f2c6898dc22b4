/** Files of a host with `p0`, a port for a bridge, which is there again after each boot: networkd's, or a unit's where networkd is masked. */
export const SPARE_PORT: Record<string, string> = {
  "/etc/systemd/network/20-p.netdev": "[NetDev]\nName=p0\nKind=veth\n[Peer]\nName=p1\n",
  // It is kept by networkd before and after, so its settings are networkd's all the time.
  "/etc/systemd/network/90-p.network": "[Match]\nName=p0 p1\n[Network]\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n",
  "/etc/systemd/system/port.service": `[Unit]
ConditionPathExists=/etc/systemd/system/systemd-networkd.service
DefaultDependencies=no
Wants=network-pre.target
Before=network-pre.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=ip link add p0 address 52:54:00:70:00:00 type veth peer name p1 address 52:54:00:70:00:01
ExecStart=ip link set dev p0 addrgenmode none up
ExecStart=ip link set dev p1 addrgenmode none up
`,
  "/etc/systemd/system/sysinit.target.d/port.conf": "[Unit]\nWants=port.service\n",
  // NetworkManager is to make up no profile for it.
  "/etc/NetworkManager/conf.d/p.conf": "[main]\nno-auto-default=p0,p1\n",
};
