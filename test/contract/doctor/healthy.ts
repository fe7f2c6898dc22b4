import type { Site } from "./site.ts";

/** A host with which nothing is wrong, however it is made. */
export interface Shape {
  readonly title: string;
  readonly makes: string;
  readonly ends: string;
  /** What is so elsewhere than on the host. */
  readonly outside?: (site: Site, there: boolean) => Promise<unknown>;
}

const bridge = (name: string, address: string) =>
  `ip link add ${name} address 52:54:00:7e:27:01 type bridge; ip addr add ${address} dev ${name}; ip link set ${name} up`;
const forwarding = "sysctl -qw net.ipv4.ip_forward=1";

/** A network with address translation as the handbook of libvirt's networking has it. */
const handbook = [
  "iptables-nft -t nat -A POSTROUTING -s 192.168.100.0/24 -d 224.0.0.0/24 -j RETURN",
  "iptables-nft -t nat -A POSTROUTING -s 192.168.100.0/24 ! -d 192.168.100.0/24 -p tcp -j MASQUERADE --to-ports 1024-65535",
  "iptables-nft -t nat -A POSTROUTING -s 192.168.100.0/24 ! -d 192.168.100.0/24 -p udp -j MASQUERADE --to-ports 1024-65535",
  "iptables-nft -t nat -A POSTROUTING -s 192.168.100.0/24 ! -d 192.168.100.0/24 -j MASQUERADE",
  "iptables-nft -t nat -A PREROUTING -d 198.51.100.2 -p tcp -m tcp --syn -m multiport --dports 80,443 -j DNAT --to-destination 192.168.100.10",
  "iptables-nft -t nat -A PREROUTING -d 198.51.100.2 -p tcp -m tcp --syn --dport 2222 -j DNAT --to-destination 192.168.100.10:22",
  "iptables-nft -A FORWARD -d 192.168.100.10 -o virbr10 -p tcp -m tcp --syn -m conntrack --ctstate NEW -m multiport --dports 22,80,443 -j ACCEPT",
  "iptables-nft -A FORWARD -d 192.168.100.0/24 -o virbr10 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
  "iptables-nft -A FORWARD -s 192.168.100.0/24 -i virbr10 -j ACCEPT",
  "iptables-nft -A FORWARD -i virbr10 -o virbr10 -j ACCEPT",
  "iptables-nft -A FORWARD -i virbr10 -j REJECT --reject-with icmp-port-unreachable",
  "iptables-nft -A FORWARD -o virbr10 -j REJECT --reject-with icmp-port-unreachable",
  "iptables-nft -A INPUT -i virbr10 -p udp -m udp -m multiport --dports 53,67 -j ACCEPT",
  "iptables-nft -A INPUT -i virbr10 -p tcp -m tcp -m multiport --dports 53,67 -j ACCEPT",
  "iptables-nft -t mangle -A POSTROUTING -o virbr10 -p udp -m udp --dport 68 -j CHECKSUM --checksum-fill",
];

/** One after the other, on one host. */
export const shapes: readonly Shape[] = [
  { title: "no network at all, libvirt's default at rest", makes: ":", ends: ":" },
  {
    title: "libvirt's default network",
    makes: "virsh -q net-autostart default; virsh -q net-start default",
    ends: ":",
  },
  {
    title: "libvirt's default network, with br_netfilter",
    makes: "sysctl -qw net.bridge.bridge-nf-call-iptables=1",
    ends: "sysctl -qw net.bridge.bridge-nf-call-iptables=0",
  },
  {
    title: "libvirt's default network beside Docker, which lets it through",
    makes:
      "iptables-nft -N DOCKER-USER; iptables-nft -A FORWARD -j DOCKER-USER; iptables-nft -A DOCKER-USER -i virbr0 -j ACCEPT; iptables-nft -A DOCKER-USER -o virbr0 -j ACCEPT; iptables-nft -P FORWARD DROP; ip link add docker0 type bridge; ip addr add 172.17.0.1/16 dev docker0; ip link set docker0 up; iptables-nft -t nat -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE",
    ends: "iptables-nft -P FORWARD ACCEPT; iptables-nft -F DOCKER-USER; iptables-nft -D FORWARD -j DOCKER-USER; iptables-nft -X DOCKER-USER; iptables-nft -t nat -D POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE; ip link del docker0",
  },
  {
    title: "an isolated libvirt network, which nothing leaves",
    makes:
      "printf \"<network><name>alone</name><bridge name='virbr7'/><ip address='192.168.77.1' netmask='255.255.255.0'><dhcp><range start='192.168.77.10' end='192.168.77.20'/></dhcp></ip></network>\" > /tmp/alone.xml; virsh -q net-define /tmp/alone.xml; virsh -q net-start alone; virsh -q net-autostart alone",
    ends: "virsh -q net-destroy alone; virsh -q net-undefine alone; rm /tmp/alone.xml",
  },
  {
    title: "a routed libvirt network",
    makes:
      "printf \"<network><name>routed</name><forward mode='route'/><bridge name='virbr8'/><ip address='192.168.78.1' netmask='255.255.255.0'/></network>\" > /tmp/routed.xml; virsh -q net-define /tmp/routed.xml; virsh -q net-start routed; virsh -q net-autostart routed",
    ends: "virsh -q net-destroy routed; virsh -q net-undefine routed; rm /tmp/routed.xml; virsh -q net-autostart --disable default; virsh -q net-destroy default",
  },
  {
    title: "bridge, dnsmasq and nftables by hand",
    makes: `${forwarding}; ${bridge("virbr10", "192.168.100.1/24")}; nft -f /etc/virbr10.nft; systemctl start dnsmasq@virbr10`,
    ends: "nft delete table ip handmade",
  },
  {
    title: "the same by iptables, as the handbook has it, with the answers first and the refusals last",
    makes: handbook.join("\n"),
    ends: handbook.map((rule) => rule.replace(" -A ", " -D ")).join("\n"),
  },
  {
    title: "nftables with a policy that drops, and input closed but for what is needed",
    makes: `nft -f - <<'X'
define wan = { eth0, wlan0 }
table inet nat {
	chain prerouting { type nat hook prerouting priority dstnat; policy accept; iifname $wan tcp dport { http, https } dnat ip to 192.168.100.20; }
	chain postrouting { type nat hook postrouting priority srcnat; policy accept; iifname "virbr10" ip saddr 192.168.100.0/24 oifname $wan masquerade; }
}
table inet filter {
	chain input {
		type filter hook input priority filter; policy drop;
		iifname lo accept
		ct state vmap { established : accept, related : accept, invalid : drop }
		icmp type { echo-request } accept
		icmpv6 type { echo-request, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept
		tcp dport ssh accept
		iifname "virbr10" udp dport { bootps, domain } accept
	}
	chain forward {
		type filter hook forward priority filter; policy drop;
		iifname "virbr10" ip saddr 192.168.100.0/24 oifname $wan accept
		oifname "virbr10" ip daddr 192.168.100.0/24 iifname $wan accept
	}
}
X`,
    ends: "nft delete table inet nat; nft delete table inet filter",
  },
  {
    title: "no translation, but the LAN's router knows the way back",
    makes: ":",
    ends: ":",
    outside: (site, there) =>
      site.host.outside.exec(`ip route ${there ? "add" : "del"} 192.168.100.0/24 via 198.51.100.2`),
  },
  {
    title: "a bridge that nobody is served on",
    makes: `systemctl stop dnsmasq@virbr10; ip link del virbr10; rm -f /var/lib/misc/virbr10.leases; ${bridge("quiet0", "10.5.5.1/24")}`,
    ends: "ip link del quiet0",
  },
  {
    title: "two uplinks, of which one comes first",
    makes:
      "ip link add wlan9 type veth peer name wlan9p; ip addr add 203.0.113.2/24 dev wlan9; ip link set wlan9p up; ip link set wlan9 up; ip route add default via 203.0.113.1 dev wlan9 metric 600; ip addr add 203.0.113.1/32 dev wlan9p; ip route add blackhole 10.66.0.0/16",
    ends: "ip route del blackhole 10.66.0.0/16; ip link del wlan9",
  },
  {
    title: "a gateway that does not answer pings",
    makes: ":",
    ends: ":",
    outside: (site, there) => site.host.outside.exec(`sysctl -qw net.ipv4.icmp_echo_ignore_all=${there ? 1 : 0}`),
  },
];

/** After it networkd goes on to see to the NIC: nothing else is to be done on that host. */
export const last: Shape = {
  title: "a bridge on the LAN, with the host's address on it",
  makes:
    "ip link add lan0 type bridge forward_delay 0; ip link set lan0 up; ip addr flush dev eth0; ip link set eth0 master lan0; ip addr add 198.51.100.2/24 dev lan0; ip route add default via 198.51.100.1 dev lan0",
  ends: "ip link set eth0 nomaster; ip link del lan0; ip addr replace 198.51.100.2/24 brd 198.51.100.255 dev eth0; ip route replace default via 198.51.100.1 dev eth0 proto static",
};
