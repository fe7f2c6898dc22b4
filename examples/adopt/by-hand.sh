#!/bin/sh -e
# A network for guests as handbooks have people build it: an anchor, a bridge, rules of iptables, a dnsmasq with files of its
# own. For a host to throw away: it is what `npx kvmnet adopt` finds, and what this example takes over.

ip link add virbr10-dummy address 52:54:00:7e:27:af type dummy
ip link add virbr10 type bridge stp_state 1 forward_delay 200
ip link set virbr10-dummy master virbr10
ip address add 192.168.100.1/24 broadcast 192.168.100.255 dev virbr10
ip link set virbr10-dummy up
ip link set virbr10 up

echo net.ipv4.ip_forward=1 >> /etc/sysctl.conf
sysctl -qp

iptables-restore --noflush <<RULES
*mangle
-A POSTROUTING -o virbr10 -p udp -m udp --dport 68 -j CHECKSUM --checksum-fill
COMMIT
*nat
-A PREROUTING -i eth0 -p tcp -m tcp --syn -m multiport --dports 80,443 -j DNAT --to-destination 192.168.100.10
-A PREROUTING -i eth0 -p tcp -m tcp --syn --dport 2222 -j DNAT --to-destination 192.168.100.10:22
-A POSTROUTING -s 192.168.100.0/24 -d 224.0.0.0/24 -j RETURN
-A POSTROUTING -s 192.168.100.0/24 -d 255.255.255.255/32 -j RETURN
-A POSTROUTING -s 192.168.100.0/24 ! -d 192.168.100.0/24 -p tcp -j MASQUERADE --to-ports 1024-65535
-A POSTROUTING -s 192.168.100.0/24 ! -d 192.168.100.0/24 -p udp -j MASQUERADE --to-ports 1024-65535
-A POSTROUTING -s 192.168.100.0/24 ! -d 192.168.100.0/24 -j MASQUERADE
COMMIT
*filter
-A INPUT -i virbr10 -p udp -m udp -m multiport --dports 53,67 -j ACCEPT
-A INPUT -i virbr10 -p tcp -m tcp -m multiport --dports 53,67 -j ACCEPT
-A INPUT -i virbr10 -p icmp -j ACCEPT
-A INPUT -i virbr10 -p tcp -m tcp --dport 22 -j ACCEPT
-A INPUT -i virbr10 -j REJECT --reject-with icmp-port-unreachable
-A FORWARD -d 192.168.100.10/32 -o virbr10 -p tcp -m tcp --syn -m conntrack --ctstate NEW -m multiport --dports 22,80,443 -j ACCEPT
-A FORWARD -d 192.168.100.0/24 -o virbr10 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -s 192.168.100.0/24 -i virbr10 -j ACCEPT
-A FORWARD -i virbr10 -o virbr10 -j ACCEPT
-A FORWARD -i virbr10 -j REJECT --reject-with icmp-port-unreachable
-A FORWARD -o virbr10 -j REJECT --reject-with icmp-port-unreachable
COMMIT
RULES

mkdir -p /var/lib/dnsmasq/virbr10
cd /var/lib/dnsmasq/virbr10
echo 52:54:00:be:0a:f3,192.168.100.10,web > hostsfile
touch leases
cat > dnsmasq.conf <<CONF
except-interface=lo
interface=virbr10
bind-dynamic
dhcp-range=192.168.100.2,192.168.100.254
dhcp-lease-max=1000
dhcp-leasefile=/var/lib/dnsmasq/virbr10/leases
dhcp-hostsfile=/var/lib/dnsmasq/virbr10/hostsfile
dhcp-no-override
strict-order
CONF
cat > /etc/systemd/system/dnsmasq@.service <<UNIT
[Unit]
Description=DHCP and DNS of %i
After=network.target

[Service]
ExecStart=/usr/sbin/dnsmasq -k --conf-file=/var/lib/dnsmasq/%i/dnsmasq.conf
ExecReload=/bin/kill -HUP \$MAINPID
Restart=on-failure

[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable -q --now dnsmasq@virbr10
