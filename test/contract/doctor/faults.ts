import { domain, type Site } from "./site.ts";

/** One thing that is wrong with a host, and how the doctor is to name it. */
export interface Sickness {
  /** What a reader would say happened. */
  readonly title: string;
  readonly breaks: string;
  readonly mends: string;
  /** Checks that complain, and no others. */
  readonly checks: readonly string[];
  /** Words of the first complaint's evidence and fix. */
  readonly says: RegExp;
  /** What is at fault elsewhere than on the host. */
  readonly outside?: (site: Site, broken: boolean) => Promise<void>;
  /** Left to the long form of the tests. */
  readonly deep?: boolean;
  /** The guest that is asked about. */
  readonly guest?: string;
  /** Checks whose complaint would be a wrong turn: they are to say that they do not judge. */
  readonly silent?: readonly string[];
}

/** Those of the short form: one for each set of checks and each firewall to blame, but for a few. */
export function short(all: readonly Sickness[]): readonly Sickness[] {
  const key = ({ title, checks, silent = [] }: Sickness) =>
    `${checks} ${silent} ${checks[0] === "forward-out" ? title : ""}`;
  const first = all.filter((one, index) => all.findIndex((other) => key(other) === key(one)) === index);
  return first.filter(({ deep }) => !deep);
}

const settings = (text: string) => `printf '${text}\\n' > /etc/virbr10.more; systemctl restart dnsmasq@virbr10`;
const plain = settings("");
const nft = (text: string) => `nft '${text}'`;
const table = (hook: string, rules: string, policy = "accept") =>
  nft(`table inet other { chain c { type filter hook ${hook} priority 10; policy ${policy}; ${rules} }; }`);
const noTable = nft("delete table inet other");
/** An nft list of what is in a chain of the network made by hand, and the whole of it again. */
const again = "nft flush table ip handmade; nft -f /etc/virbr10.nft";
const resolvConf = (text: string) => `cp /etc/resolv.conf /tmp/resolv; printf '${text}' > /etc/resolv.conf`;
const resolvBack = "cp /tmp/resolv /etc/resolv.conf; rm /tmp/resolv";
const replug = "ip link set tap-vm1 master virbr0";

export const sicknesses: readonly Sickness[] = [
  {
    title: "libvirt's network is stopped while a guest uses it",
    ...{ breaks: "virsh -q net-destroy default", mends: `virsh -q net-start default; ${replug}` },
    ...{ checks: ["libvirt-network"], says: /inactive, though domain vm1 uses it.*virsh net-start default/ },
  },
  {
    title: "libvirt's network is not started at boot",
    ...{ breaks: "virsh -q net-autostart --disable default", mends: "virsh -q net-autostart default" },
    ...{ checks: ["libvirt-network"], says: /not started at boot.*net-autostart/ },
  },
  {
    title: "libvirt's network was edited and not started anew",
    deep: true,
    breaks:
      "virsh net-dumpxml --inactive default > /tmp/n.xml; sed s/192.168.122.254/192.168.122.99/ /tmp/n.xml > /tmp/m.xml; virsh -q net-define /tmp/m.xml",
    ...{ mends: "virsh -q net-define /tmp/n.xml; rm /tmp/[nm].xml" },
    ...{ checks: ["libvirt-network-edited"], says: /edited since it was started \(ranges\).*122\.254.*122\.99/ },
  },
  {
    title: "a domain names a network that is not there",
    breaks: `cat > /tmp/d.xml <<'X'\n${domain("lost", "52:54:00:00:00:78").replace("network='default'", "network='gone'")}\nX\nvirsh -q define /tmp/d.xml`,
    ...{ mends: "virsh -q undefine lost; rm /tmp/d.xml" },
    ...{ checks: ["libvirt-network"], says: /domain lost uses it, but it is not defined/ },
  },
  {
    title: "two guests have one MAC address",
    deep: true,
    breaks: `cat > /tmp/d.xml <<'X'\n${domain("vm2", "52:54:00:00:00:77")}\nX\nvirsh -q define /tmp/d.xml; virsh -q start --paused vm2`,
    ...{ mends: "virsh -q destroy vm2; virsh -q undefine vm2; rm /tmp/d.xml" },
    ...{ checks: ["mac-twins"], says: /52:54:00:00:00:77 has the MAC of one of guest vm1/ },
  },
  {
    title: "a bridge is down",
    ...{ breaks: "ip link set virbr0 down", mends: "ip link set virbr0 up" },
    ...{ checks: ["bridge"], says: /virbr0 is down.*ip link set virbr0 up/ },
  },
  {
    title: "a bridge has lost its address",
    ...{ breaks: "ip addr del 192.168.122.1/24 dev virbr0", mends: "ip addr add 192.168.122.1/24 dev virbr0" },
    ...{ checks: ["bridge-address"], says: /virbr0 lacks 192\.168\.122\.1\/24/ },
  },
  {
    title: "a bridge made by hand has no address",
    breaks: "ip addr del 192.168.100.1/24 dev virbr10",
    mends: "ip addr add 192.168.100.1/24 broadcast 192.168.100.255 dev virbr10",
    ...{ checks: ["bridge-address"], says: /virbr10 has no IPv4 address/ },
  },
  {
    title: "a guest's interface has lost its bridge",
    ...{ breaks: "ip link set tap-vm1 nomaster", mends: replug },
    ...{
      checks: ["domain-nic"],
      says: /tap-vm1 is no port of any bridge, not of virbr0.*ip link set tap-vm1 master virbr0/,
    },
  },
  {
    title: "a guest's cable is unplugged",
    breaks: "virsh -q domif-setlink vm1 tap-vm1 down",
    mends: "virsh -q domif-setlink vm1 tap-vm1 up",
    ...{ checks: ["domain-nic"], says: /unplugged.*domif-setlink vm1 tap-vm1 up/ },
  },
  {
    title: "the only port of a bridge is down",
    ...{ breaks: "ip link set tap10 down", mends: "ip link set tap10 up" },
    ...{ checks: ["bridge-carrier"], says: /no carrier.*tap10/ },
  },
  {
    title: "the spanning tree keeps a new port waiting",
    breaks:
      "ip link set tap10 nomaster; ip link set virbr10 type bridge stp_state 1 forward_delay 1500; ip link set tap10 master virbr10",
    mends:
      "ip link set tap10 nomaster; ip link set virbr10 type bridge stp_state 0; ip link set virbr10 type bridge forward_delay 0; ip link set tap10 master virbr10",
    ...{ checks: ["bridge-port"], says: /tap10 waits for the spanning tree \(forward delay 15 s/ },
  },
  {
    title: "a bridge's MAC is that of its first guest",
    breaks:
      "ip link add virbr11 type bridge; ip addr add 192.168.111.1/24 dev virbr11; ip link add v11 type veth peer name v11p; ip link set v11 master virbr11 up; ip link set v11p up; ip link set virbr11 up",
    ...{ mends: "ip link del virbr11; ip link del v11" },
    ...{ checks: ["bridge-mac"], says: /is that of guest port v11, and changes with it/ },
  },
  {
    title: "a port of a bridge has an address",
    deep: true,
    breaks:
      "ip link add p9 type veth peer name p9p; ip link set p9 master virbr10 up; ip addr add 192.168.77.1/24 dev p9; ip link set p9p up",
    ...{ mends: "ip link del p9" },
    ...{ checks: ["port-address"], says: /p9 is a port of virbr10 and has the address 192\.168\.77\.1\/24/ },
  },
  {
    title: "there is no default route",
    ...{ breaks: "ip route del default", mends: "ip route add default via 198.51.100.1 dev eth0 proto static" },
    ...{ checks: ["default-route"], says: /there is no default route/ },
  },
  {
    title: "there are two default routes",
    deep: true,
    breaks: "ip route add default via 198.51.100.1 dev eth0 metric 100",
    mends: "ip route del default metric 100",
    ...{ checks: ["default-route-twice"], says: /2 default routes.*metric 100/ },
  },
  {
    title: "the gateway is not there, and DNS is not to blame",
    breaks: `${resolvConf("nameserver 203.0.113.53\\n")}; ip route replace default via 198.51.100.77 dev eth0 proto static`,
    mends: `${resolvBack}; ip route replace default via 198.51.100.1 dev eth0 proto static`,
    ...{ checks: ["gateway"], says: /nobody on eth0 has it/ },
    silent: ["host-dns"],
  },
  {
    title: "nothing beyond the gateway answers, and DNS is not to blame",
    deep: true,
    ...{ breaks: resolvConf("nameserver 203.0.113.53\\n"), mends: resolvBack },
    ...{ checks: ["outside"], says: /nothing beyond the gateway answers.*203\.0\.113\.53/ },
    silent: ["host-dns"],
  },
  {
    title: "a network's addresses are those of another link",
    ...{ breaks: "ip route add 192.168.100.0/25 dev eth0", mends: "ip route del 192.168.100.0/25" },
    ...{ checks: ["route-overlap"], says: /192\.168\.100\.0\/24 overlaps the route 192\.168\.100\.0\/25 on eth0/ },
  },
  {
    title: "a policy rule takes guests' packets away",
    breaks: "ip rule add from 192.168.100.0/24 iif virbr10 prohibit",
    mends: "ip rule del from 192.168.100.0/24 iif virbr10 prohibit",
    ...{ checks: ["guest-route"], says: /the kernel on a packet of guest 192\.168\.100\.2.*RTNETLINK.*policy rules/ },
  },
  {
    title: "forwarding is off",
    ...{
      breaks: "sysctl -qw net.ipv4.ip_forward=0",
      mends: "sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.accept_redirects=0",
    },
    ...{ checks: ["forwarding"], says: /ip_forward is 0.*sysctl -w net\.ipv4\.ip_forward=1/ },
    silent: ["guest-route"],
  },
  {
    title: "forwarding is off on one bridge",
    ...{
      breaks: "sysctl -qw net.ipv4.conf.virbr10.forwarding=0",
      mends: "sysctl -qw net.ipv4.conf.virbr10.forwarding=1",
    },
    ...{ checks: ["forwarding"], says: /conf\/virbr10\/forwarding is 0/ },
  },
  {
    title: "forwarding will be off after a boot",
    deep: true,
    breaks: "mv /etc/sysctl.d/90-forward.conf /tmp; virsh -q net-autostart --disable default",
    mends: "mv /tmp/90-forward.conf /etc/sysctl.d; virsh -q net-autostart default",
    ...{ checks: ["forwarding-kept", "libvirt-network"], says: /not started at boot/ },
  },
  {
    title: "services of the loopback are open to guests",
    deep: true,
    ...{
      breaks: "sysctl -qw net.ipv4.conf.virbr10.route_localnet=1",
      mends: "sysctl -qw net.ipv4.conf.virbr10.route_localnet=0",
    },
    ...{ checks: ["route-localnet"], says: /route_localnet is 1/ },
  },
  {
    title: "IPv6 forwarding makes the uplink forget its router",
    deep: true,
    breaks: "sysctl -qw net.ipv6.conf.eth0.accept_ra=1 net.ipv6.conf.all.forwarding=1",
    mends: "sysctl -qw net.ipv6.conf.all.forwarding=0 net.ipv6.conf.eth0.accept_ra=0",
    ...{ checks: ["accept-ra"], says: /accept_ra=2/ },
  },
  {
    title: "there is no NAT rule",
    ...{ breaks: "nft flush chain ip handmade postrouting", mends: again },
    ...{
      checks: ["nat-rule"],
      says: /no rule translates packets of 192\.168\.100\.0\/24 that leave by eth0.*masquerade/,
    },
  },
  {
    title: "the NAT rules of libvirt's network are gone",
    breaks: "iptables-nft-save -t nat > /tmp/nat; iptables-nft -t nat -F LIBVIRT_PRT",
    ...{ mends: "iptables-nft-restore -T nat < /tmp/nat; rm /tmp/nat" },
    ...{ checks: ["nat-rule"], says: /192\.168\.122\.0\/24.*virsh net-destroy default/ },
  },
  {
    title: "a NAT rule is there twice",
    breaks: "iptables-nft -t nat -A POSTROUTING -s 192.168.122.0/24 ! -d 192.168.122.0/24 -j MASQUERADE",
    mends: "iptables-nft -t nat -D POSTROUTING -s 192.168.122.0/24 ! -d 192.168.122.0/24 -j MASQUERADE",
    ...{ checks: ["nat-twice"], says: /more than one rule.*iptables -t nat -D POSTROUTING/ },
  },
  {
    title: "Docker drops what is forwarded",
    breaks: "iptables-nft -N DOCKER-USER; iptables-nft -A FORWARD -j DOCKER-USER; iptables-nft -P FORWARD DROP",
    mends: "iptables-nft -P FORWARD ACCEPT; iptables-nft -D FORWARD -j DOCKER-USER; iptables-nft -X DOCKER-USER",
    ...{ checks: ["forward-out"], says: /Docker drops what guests send.*policy drop.*DOCKER-USER/ },
    silent: ["forward-back"],
  },
  {
    title: "ufw drops what guests ask the host",
    breaks:
      "iptables-nft -N ufw-before-input; iptables-nft -A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT; iptables-nft -A ufw-before-input -p tcp --dport 22 -j ACCEPT; iptables-nft -A ufw-before-input -i lo -j ACCEPT; iptables-nft -A INPUT -j ufw-before-input; iptables-nft -P INPUT DROP",
    mends:
      "iptables-nft -P INPUT ACCEPT; iptables-nft -D INPUT -j ufw-before-input; iptables-nft -F ufw-before-input; iptables-nft -X ufw-before-input",
    ...{ checks: ["dhcp-input"], says: /ufw drops guests' DHCP requests.*ufw allow in on virbr10/ },
    silent: ["dns-input"],
  },
  {
    title: "the host's answers to guests' DHCP requests do not leave",
    ...{ breaks: table("output", 'oifname "virbr10" udp sport 67 drop;'), mends: noTable },
    ...{
      checks: ["dhcp-output"],
      says: /table inet other drops the host's DHCP answers.*sport 67 drop.*leaves by virbr10/,
    },
  },
  {
    title: "firewalld rejects what is forwarded",
    breaks: nft(
      "table inet firewalld { chain filter_FORWARD { type filter hook forward priority 10; ct state established,related accept; reject with icmpx admin-prohibited; }; }",
    ),
    ...{ mends: nft("delete table inet firewalld") },
    ...{ checks: ["forward-out"], says: /firewalld drops.*reject.*--zone=trusted --add-interface=vir/ },
  },
  {
    title: "rules of iptables-legacy drop what nft lets through",
    ...{ breaks: "iptables-legacy -P FORWARD DROP", mends: "iptables-legacy -P FORWARD ACCEPT" },
    ...{ checks: ["forward-out"], says: /iptables-legacy drops what guests send/ },
  },
  {
    title: "a table of somebody else drops what is forwarded",
    ...{ breaks: table("forward", "", "drop"), mends: noTable },
    ...{ checks: ["forward-out"], says: /table inet other drops.*chain c: policy drop/ },
  },
  {
    title: "a rule that drops stands before the one that lets guests out",
    breaks: nft('insert rule ip handmade forward iifname "virbr10" drop'),
    mends: again,
    ...{
      checks: ["forward-order"],
      says: /iifname "virbr10" drop.*ip saddr 192\.168\.100\.0\/24 accept comes too late/,
    },
  },
  {
    title: "a rule after a stale interface index lets nobody out",
    breaks: `ip link add old type dummy 2> /dev/null || ip link add old type bridge; nft flush chain ip handmade forward; nft 'add rule ip handmade forward iif "old" accept; add rule ip handmade forward oifname "virbr10" ct state established accept; add rule ip handmade forward iifname "virbr10" reject'; ip link del old`,
    mends: again,
    ...{ checks: ["forward-out"], says: /table ip handmade drops.*reject/ },
  },
  {
    title: "answers to guests are dropped",
    ...{ breaks: table("forward", 'oifname "virbr10" drop;'), mends: noTable },
    ...{ checks: ["forward-back"], says: /answers to guests.*oifname "virbr10" drop/ },
  },
  {
    title: "a rule waits for a guest's packets at its tap",
    ...{ breaks: nft('add rule ip handmade forward iifname "tap-vm1" tcp dport 25 drop'), mends: again },
    ...{
      checks: ["port-rule"],
      says: /tap-vm1.*never true, since tap-vm1 is a port of the bridge virbr0.*Name virbr0/,
    },
  },
  {
    title: "br_netfilter has guests' own traffic dropped",
    breaks: `sysctl -qw net.bridge.bridge-nf-call-iptables=1; ${table("forward", 'iifname "virbr10" oifname "virbr10" drop;')}`,
    mends: `sysctl -qw net.bridge.bridge-nf-call-iptables=0; ${noTable}`,
    ...{ checks: ["bridge-netfilter"], says: /br_netfilter is on.*bridge-nf-call-iptables=0/ },
  },
  {
    title: "a reload of nftables.service would delete libvirt's tables",
    deep: true,
    ...{ breaks: "systemctl enable -q nftables 2> /dev/null", mends: "systemctl disable -q nftables 2> /dev/null" },
    ...{ checks: ["flush-ruleset"], says: /nftables\.service is enabled.*flush ruleset.*table ip filter/ },
  },
  {
    title: "a forward is translated and then rejected by libvirt's rules",
    breaks: "iptables-nft -t nat -A PREROUTING -i eth0 -p tcp --dport 8081 -j DNAT --to-destination 192.168.122.50:80",
    mends: "iptables-nft -t nat -D PREROUTING -i eth0 -p tcp --dport 8081 -j DNAT --to-destination 192.168.122.50:80",
    ...{
      checks: ["forward-in", "forward-lease"],
      says: /libvirt drops.*LIBVIRT_FWI.*iptables -I FORWARD -o virbr0 -d 192\.168\.122\.50/,
    },
  },
  {
    title: "two forwards have one port",
    breaks: nft(
      'add rule ip handmade prerouting iifname "eth0" tcp dport 8082 dnat to 192.168.100.20; add rule ip handmade prerouting iifname "eth0" tcp dport 8082 dnat to 192.168.100.21',
    ),
    ...{ mends: again },
    ...{ checks: ["forward-twice"], says: /tcp 8082 leads to 192\.168\.100\.20 already/ },
  },
  {
    title: "a forward leads to a network that is no more",
    breaks: nft('add rule ip handmade prerouting iifname "eth0" tcp dport 8083 dnat to 10.99.0.5:80'),
    ...{ mends: again },
    ...{ checks: ["forward-target"], says: /10\.99\.0\.5 is in no network of this host/ },
  },
  {
    title: "a forward leads to an address that DHCP gives to whoever comes next",
    breaks: nft('add rule ip handmade prerouting iifname "eth0" tcp dport 8085 dnat to 192.168.100.55:80'),
    ...{ mends: again },
    checks: ["forward-lease"],
    says: /192\.168\.100\.55 is leased to whoever asks \(192\.168\.100\.50-192\.168\.100\.60\), and reserved for nobody.*Reserve it/,
  },
  {
    title: "a forward takes the port of a program of the host",
    deep: true,
    breaks: `busybox httpd -p 0.0.0.0:8084 -h /tmp; ${nft("add rule ip handmade prerouting tcp dport 8084 dnat to 192.168.100.20:80")}`,
    ...{ mends: `${again}; kill $(pidof busybox)` },
    ...{ checks: ["forward-captures"], says: /busybox listens on tcp 8084/ },
  },
  {
    title: "libvirt's dnsmasq has ended",
    breaks: "pid=$(cat /run/libvirt/network/default.pid); kill $pid; while [ -e /proc/$pid ]; do sleep 0.05; done",
    mends: `virsh -q net-destroy default; virsh -q net-start default; ${replug}`,
    ...{ checks: ["dhcp-server"], says: /nobody on udp port 67 gives out addresses on virbr0/ },
    silent: ["dns-server"],
  },
  {
    title: "the dnsmasq of a bridge has crashed",
    breaks: "systemctl kill -s KILL dnsmasq@virbr10; until systemctl is-failed -q dnsmasq@virbr10; do sleep 0.05; done",
    ...{ mends: "systemctl reset-failed; systemctl start dnsmasq@virbr10" },
    ...{ checks: ["failed-units"], says: /has failed.*systemctl restart dnsmasq@virbr10/ },
  },
  {
    title: "two servers give out addresses",
    deep: true,
    breaks:
      "dnsmasq --conf-file=/dev/null --port=0 --interface=virbr10 --bind-interfaces --except-interface=lo --dhcp-range=192.168.100.200,192.168.100.210 --pid-file=/run/two.pid --dhcp-leasefile=/run/two.leases",
    ...{ mends: "kill $(cat /run/two.pid); rm -f /run/two.*" },
    ...{ checks: ["dhcp-twice"], says: /both give out addresses on virbr10/ },
  },
  {
    title: "the DHCP range is of another network",
    deep: true,
    breaks:
      "sed -i s/192.168.100.50,192.168.100.60/192.168.101.50,192.168.101.60/ /etc/virbr10.conf; systemctl restart dnsmasq@virbr10",
    mends:
      "sed -i s/192.168.101.50,192.168.101.60/192.168.100.50,192.168.100.60/ /etc/virbr10.conf; systemctl restart dnsmasq@virbr10",
    ...{ checks: ["dhcp-range"], says: /192\.168\.101\.50-192\.168\.101\.60 is not in 192\.168\.100\.0\/24/ },
  },
  {
    title: "guests are told a gateway that is none",
    deep: true,
    ...{ breaks: settings("dhcp-option=3,192.168.100.254"), mends: plain },
    ...{ checks: ["dhcp-gateway"], says: /told the gateway 192\.168\.100\.254, but virbr10 has 192\.168\.100\.1/ },
  },
  {
    title: "all addresses are leased",
    ...{ breaks: settings("dhcp-lease-max=1"), mends: plain },
    ...{ checks: ["dhcp-pool"], says: /all 1 leases that dhcp-lease-max allows/ },
  },
  {
    title: "one address is reserved for two",
    breaks: "echo 52:54:00:00:00:99,192.168.100.10,other >> /etc/virbr10.hosts",
    mends: "sed -i /other/d /etc/virbr10.hosts",
    ...{ checks: ["dhcp-reservation"], says: /192\.168\.100\.10 is reserved for .* and / },
  },
  {
    title: "a lease contradicts a reservation",
    breaks: "echo $(awk '{ print $2 }' /var/lib/misc/virbr10.leases),192.168.100.11,moved >> /etc/virbr10.hosts",
    mends: "sed -i /moved/d /etc/virbr10.hosts",
    ...{ checks: ["dhcp-reservation"], says: /192\.168\.100\.11 is reserved for .*has leased 192\.168\.100\.5/ },
  },
  {
    title: "the guest that is asked about has no address",
    ...{ breaks: ":", mends: ":", guest: "vm1" },
    ...{ checks: ["guest"], says: /52:54:00:00:00:77 has no lease on virbr0/ },
  },
  {
    title: "the guest that is asked about is not there",
    ...{ breaks: ":", mends: ":", guest: "vm9" },
    ...{ checks: ["guest"], says: /no domain of that name; it has vm1/ },
  },
  {
    title: "the host has no resolver, and a program keeps the file",
    ...{ breaks: resolvConf("# Generated by NetworkManager\\n"), mends: resolvBack },
    ...{ checks: ["host-dns"], says: /names no resolver.*NetworkManager writes .*nmcli connection modify/ },
  },
  {
    title: "the host has no resolver",
    deep: true,
    ...{ breaks: resolvConf(""), mends: resolvBack },
    ...{ checks: ["host-dns"], says: /names no resolver.*Put nameserver ADDRESS there/ },
  },
  {
    title: "the resolver is down, while plain IP works",
    ...{ breaks: ":", mends: ":", outside: (site, broken) => site.resolver(!broken) },
    ...{ checks: ["host-dns"], says: /198\.51\.100\.1 does not answer; ping 198\.51\.100\.1 answers/ },
    silent: ["guest-dns"],
  },
  {
    title: "the host's own firewall drops its questions, and DNS is not to blame",
    ...{ breaks: table("output", "udp dport 53 drop;"), mends: noTable },
    ...{ checks: ["host-output"], says: /drops the host's questions for names.*udp dport 53 drop/ },
    silent: ["host-dns", "guest-dns"],
  },
  {
    title: "a dnsmasq of the whole machine keeps libvirt's network from starting",
    deep: true,
    breaks:
      "virsh -q net-destroy default; systemctl stop dnsmasq@virbr10; dnsmasq --conf-file=/dev/null --pid-file=/run/wide.pid; virsh -q net-start default; true",
    mends: `pid=$(cat /run/wide.pid); kill $pid; rm -f /run/wide.pid; while [ -e /proc/$pid ]; do sleep 0.05; done; systemctl start dnsmasq@virbr10; virsh -q net-start default; ${replug}`,
    ...{ checks: ["libvirt-network", "port-53"], says: /inactive, though/ },
  },
  {
    title: "guests' questions do not reach the host",
    ...{ breaks: table("input", 'iifname "virbr10" udp dport 53 drop;'), mends: noTable },
    ...{ checks: ["dns-input"], says: /table inet other drops guests' questions/ },
  },
  {
    title: "a bridge's DNS asks a resolver that is not there",
    ...{ breaks: settings("no-resolv\\nserver=198.51.100.99"), mends: plain },
    ...{ checks: ["forwarder"], says: /forwards to 198\.51\.100\.99, which does not answer/ },
    silent: ["guest-dns"],
  },
  {
    title: "a bridge's DNS asks itself",
    ...{ breaks: settings("no-resolv\\nserver=192.168.100.1"), mends: plain },
    ...{ checks: ["forwarder"], says: /forwards to 192\.168\.100\.1, which is itself/ },
  },
  {
    title: "guests are told a resolver that is not there",
    ...{ breaks: settings("dhcp-option=6,198.51.100.99"), mends: plain },
    ...{ checks: ["forwarder"], says: /guests are told to ask 198\.51\.100\.99.*dhcp-option=6/ },
  },
  {
    title: "a bridge's DNS has nobody to ask",
    deep: true,
    ...{ breaks: settings("no-resolv"), mends: plain },
    ...{ checks: ["guest-dns"], says: /192\.168\.100\.1 answers REFUSED.*nobody to ask/ },
  },
];

/** Of a network of ours, on a host where the others are too. */
export const ours: readonly Sickness[] = [
  {
    title: "rules of ours were flushed",
    breaks: "nft -s list table inet kvmnet_br0 > /tmp/t; nft flush chain inet kvmnet_br0 forward",
    mends: "nft flush table inet kvmnet_br0; nft -f /etc/kvmnet/nft/kvmnet_br0.nft; rm /tmp/t",
    ...{ checks: ["kvmnet-object"], says: /chain forward has 0 of \d+ rules; of NatNetwork "br0"/ },
  },
  {
    title: "a forward of ours was deleted",
    breaks: nft("delete element inet kvmnet_br0 any4 { tcp . 4430 : 10.10.10.10 . 443 }"),
    mends: nft("add element inet kvmnet_br0 any4 { tcp . 4430 : 10.10.10.10 . 443 }"),
    ...{ checks: ["kvmnet-object"], says: /1 of 2 elements are gone.*PortForward "web"/ },
  },
  {
    title: "a file of ours was changed",
    breaks:
      "cp -p /etc/systemd/network/01-kvmnet-br0.network /tmp/f; echo '# by hand' >> /etc/systemd/network/01-kvmnet-br0.network",
    mends: "cp -p /tmp/f /etc/systemd/network/01-kvmnet-br0.network; rm /tmp/f",
    ...{ checks: ["kvmnet-object"], says: /the file was changed; of Bridge "br0"/ },
  },
  {
    title: "a bridge of ours lost its address",
    deep: true,
    ...{
      breaks: "ip addr del 10.10.10.1/24 dev br0",
      mends: "ip addr add 10.10.10.1/24 broadcast 10.10.10.255 dev br0",
    },
    ...{ checks: ["kvmnet-object", "bridge-address"], says: /lacks 10\.10\.10\.1\/24/ },
  },
  {
    title: "a dnsmasq of ours was stopped",
    ...{ breaks: "systemctl stop kvmnet-dnsmasq@br0", mends: "systemctl start kvmnet-dnsmasq@br0" },
    ...{ checks: ["kvmnet-object", "dhcp-server"], says: /is inactive/ },
  },
];
