# facts.sh: what the product must know of a host before it plans. Read-only, and cheap: one request, once for each host.
#
# Report of `>facts`: `>fact NAME`, then `|` lines. Words are separated by one space; a fact without lines is still named.
#
#   >fact machine-id    one line: /etc/machine-id (or D-Bus's; else the boot-independent host name, prefixed `name-`)
#   >fact system        ID VERSION_ID of /etc/os-release, e.g. `debian 12`
#   >fact init          `systemd` or `other`
#   >fact uplink        each link with a default route, once:  NAME wired|wireless OWNER
#                       OWNER: networkd | networkmanager | ifupdown | none   (who configures that link now)
#   >fact address       LINK ADDRESS/LENGTH          each IPv4 address, in the order of `ip -o -4 addr`
#   >fact route         LINK PREFIX/LENGTH           each IPv4 route of the main table but default routes; a host route is /32;
#                       LINK is `-` for blackhole, unreachable and the like
#   >fact ssh           CLIENT-ADDRESS CLIENT-PORT SERVER-ADDRESS SERVER-PORT   (no line when the client did not pass KVMNET_SSH)
#   >fact program       one installed program a line, of: nft iptables ip ss dnsmasq conntrack virsh systemctl networkctl nmcli
#                       ifup flock setsid restorecon firewall-cmd ufw docker
#   >fact dnsmasq       `enabled` when a dnsmasq serves the whole system (its own unit is enabled or running), else `disabled`
#   >fact firewall      other firewalls that are active, one a line: docker firewalld ufw iptables-legacy libvirt
