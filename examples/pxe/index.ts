// A network whose guests are installed over it: dnsmasq tells them what to start from, serves it by TFTP, and gives them IPv4
// and IPv6 addresses. The host itself knows them by name.
import * as kvmnet from "pulumi-kvmnet";

const bridge = new kvmnet.Bridge("pxe0", { addresses: ["10.20.0.1/24", "fd00:20::1/64"] });
new kvmnet.NatNetwork("pxe0", { bridge, hostServices: [{ protocol: "udp", ports: [69] }] });
const dhcp = new kvmnet.DnsmasqInstance("pxe0", {
  bridge,
  domain: "install.internal",
  ranges: ["10.20.0.100-10.20.0.199", "fd00:20::1000-fd00:20::1fff"],
  // On the host: apt install pxelinux syslinux-common, and copy pxelinux.0 and ldlinux.c32 there.
  boot: { tftpRoot: "/srv/tftp", file: "pxelinux.0" },
  resolveOnHost: true,
});
export const leases = dhcp.leases;
