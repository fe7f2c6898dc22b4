# links.sh: interfaces, addresses, routes, and the kernel's settings for them.

look_links() {
  fact links ip -json -details link show
  fact addresses ip -json -4 addr show
  fact addresses6 ip -json -6 addr show scope global
  fact routes ip -json -4 route show table all
  fact rules ip -json -4 rule show
  fact neighbours ip -json -4 neigh show
  # NAME ADDRESS-ASSIGNMENT wired|wireless device|virtual   (3: the address was set, net/if_link.h)
  say nics
  for sys in /sys/class/net/*; do
    read -r assigned < "$sys/addr_assign_type" || assigned=-
    radio=wired device=virtual
    if [ -d "$sys/wireless" ] || [ -e "$sys/phy80211" ]; then radio=wireless; fi
    [ ! -e "$sys/device" ] || device=device
    printf '|%s %s %s %s\n' "${sys##*/}" "$assigned" "$radio" "$device"
  done
  look_settings
  look_mentions
}

# BRIDGE FILE: who makes it at boot, or knows it by its name.
look_mentions() {
  say mentions
  for sys in /sys/class/net/*/bridge; do
    [ -d "$sys" ] || continue
    bridge=${sys%/bridge}
    bridge=${bridge##*/}
    grep -lsFw -e "$bridge" /etc/network/interfaces /etc/network/interfaces.d/* /etc/netplan/* /etc/rc.local /etc/systemd/network/* \
      /etc/NetworkManager/system-connections/* /etc/sysconfig/network-scripts/* /etc/systemd/system/*.service /etc/iptables/* \
      /etc/sysconfig/iptables /etc/nftables.conf /etc/sysconfig/nftables.conf /etc/nftables/* /etc/nftables.d/* /etc/dnsmasq.conf \
      /etc/dnsmasq.d/* | grep -v kvmnet | sed "s,^,|$bridge ,"
  done
}

# KEY VALUE: net/ipv4/ip_forward 1. An interface's name may have dots in it, so `/` stays.
look_settings() {
  say settings
  # Not `read`: these files give their value once, and dash asks for each letter.
  grep -s . /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf/*/forwarding /proc/sys/net/ipv4/conf/*/rp_filter \
    /proc/sys/net/ipv4/conf/*/route_localnet /proc/sys/net/ipv6/conf/*/forwarding /proc/sys/net/ipv6/conf/*/accept_ra \
    /proc/sys/net/bridge/bridge-nf-call-iptables /proc/sys/net/netfilter/nf_conntrack_count /proc/sys/net/netfilter/nf_conntrack_max |
    sed 's,^/proc/sys/,|,; s/:\([^:]*\)$/ \1/'
  # Where forwarding is asked for so that it is there after a boot too.
  say kept
  grep -hEs '^[^#;]*(ip_forward|\.forwarding|/forwarding|IPForward|IPv4Forwarding|IPMasquerade|method=shared)' \
    /etc/sysctl.conf /etc/sysctl.d/*.conf /run/sysctl.d/*.conf /usr/lib/sysctl.d/*.conf /usr/local/lib/sysctl.d/*.conf \
    /etc/ufw/sysctl.conf /etc/network/interfaces /etc/network/interfaces.d/* /etc/rc.local \
    /etc/systemd/networkd.conf /etc/systemd/network/* /run/systemd/network/* /etc/NetworkManager/system-connections/* | content
}
