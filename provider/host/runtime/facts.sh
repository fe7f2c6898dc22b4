# facts.sh: what the product must know of a host before it plans. Read-only, and cheap: one request, once for each host.
#
# Report of `>facts`: `>fact NAME`, then `|` lines. Words are separated by one space; a fact without lines is still named.
#
#   >fact machine-id    one line: /etc/machine-id (or D-Bus's; else the boot-independent host name, prefixed `name-`)
#   >fact system        ID VERSION_ID of /etc/os-release, e.g. `debian 12`
#   >fact init          `systemd` or `other`
#   >fact uplink        each link with a default route, once:  NAME wired|wireless OWNER
#                       OWNER: networkd | networkmanager | ifupdown | none   (who configures that link now)
#   >fact manager       `networkd`, `networkmanager`: each that runs, whether or not it keeps the uplink
#   >fact ifupdown      `debian`: ifup is Debian's; `sources`: its interfaces file reads all of interfaces.d; `mappings`: there are
#                       mappings (interfaces(5)) that are not ours
#   >fact profile       LINK metric METRIC|-, and LINK ipv4|ipv6 LINE: of the keyfile (nm-settings-keyfile(5)) that NetworkManager has
#                       active on the link; the metric is that of routes for which it says none
#   >fact interface     NAME                         each network interface
#   >fact nic           NAME wired|wireless OWNER MAC MASTER|-     each Ethernet interface that is no bridge and no tap
#   >fact carried       LINK ADDRESS/LENGTH BROADCAST|- static|dynamic     each global address, IPv4 and IPv6
#   >fact gateway       LINK PREFIX/LENGTH GATEWAY static|dynamic  each route through a gateway; `dynamic`: from DHCP or RA
#   >fact accept-ra     each link with a default route, or something from a router advertisement, where the kernel takes these
#   >fact lease         LINK ADDRESS CLIENT-ID         of networkd's DHCP client; the id in hexadecimal
#   >fact resolver      LINK ADDRESS                   resolvers that networkd was given for the link by its file
#   >fact address       LINK ADDRESS/LENGTH          each IPv4 address, in the order of `ip -o -4 addr`
#   >fact route         LINK PREFIX/LENGTH           each IPv4 route of the main table but default routes; a host route is /32;
#                       LINK is `-` for blackhole, unreachable and the like
#   >fact ssh           CLIENT-ADDRESS CLIENT-PORT SERVER-ADDRESS SERVER-PORT   (no line when the client did not pass KVMNET_SSH)
#   >fact program       one installed program a line, of: nft iptables ip ss dnsmasq conntrack virsh systemctl networkctl nmcli
#                       ifup flock setsid restorecon firewall-cmd ufw docker
#   >fact dnsmasq       `enabled` when a dnsmasq serves the whole system (its own unit is enabled or running), else `disabled`
#   >fact firewall      other firewalls that are active, one a line: docker firewalld ufw iptables-legacy libvirt

facts() {
  local name
  printf '>fact machine-id\n|%s\n' "$KV_HOST"
  echo '>fact system'
  [ ! -r /etc/os-release ] || awk -F = '{ gsub(/["'\'']/, "", $2); v[$1] = $2 } END { print "|" v["ID"] " " v["VERSION_ID"] }' /etc/os-release
  echo '>fact init'
  if [ -d /run/systemd/system ]; then echo '|systemd'; else echo '|other'; fi
  ip -4 route show table main > "$KV_W/routes"
  facts_uplinks
  echo '>fact manager'
  ! facts_running systemd-networkd.service || echo '|networkd'
  ! facts_running NetworkManager.service || echo '|networkmanager'
  facts_ifupdown
  facts_profiles
  echo '>fact interface'
  for name in /sys/class/net/*; do
    # A file there is no interface.
    [ ! -d "$name" ] || printf '|%s\n' "${name##*/}"
  done
  facts_nics
  facts_carried
  facts_advertised
  facts_networkd
  echo '>fact address'
  ip -o -4 addr | awk '$3 == "inet" { print "|" $2 " " $4 }'
  echo '>fact route'
  awk '
    {
      prefix = $1
      if (prefix ~ /^(blackhole|unreachable|prohibit|throw|local|broadcast|multicast|unicast)$/) prefix = $2
      if (prefix == "default") next
      link = "-"
      for (i = 2; i < NF; i++) if ($i == "dev") link = $(i + 1)
      print "|" link " " prefix (index(prefix, "/") ? "" : "/32")
    }' "$KV_W/routes"
  echo '>fact ssh'
  case ${KVMNET_SSH:-} in *[!0-9A-Fa-f.:%\ ]* | '') ;; *\ *\ *\ *) printf '|%s\n' "$KVMNET_SSH" ;; esac
  echo '>fact program'
  for name in nft iptables ip ss dnsmasq conntrack virsh systemctl networkctl nmcli ifup flock setsid restorecon firewall-cmd ufw docker; do
    ! command -v "$name" > /dev/null || printf '|%s\n' "$name"
  done
  echo '>fact dnsmasq'
  facts_enabled dnsmasq.service && echo '|enabled' || echo '|disabled'
  echo '>fact firewall'
  [ ! -e /run/docker.sock ] || echo '|docker'
  [ ! -d /run/firewalld ] || echo '|firewalld'
  ! facts_enabled ufw.service || ! grep -qs '^ENABLED=yes' /etc/ufw/ufw.conf || echo '|ufw'
  ! grep -qs . /proc/net/ip_tables_names || echo '|iptables-legacy'
  [ ! -e /run/libvirt/network/driver.pid ] && [ ! -e /run/libvirt/network/default.pid ] || echo '|libvirt'
}

# Links of a unit's enablement are files: no need to ask the manager. A running one counts too.
facts_enabled() {
  local link
  for link in /etc/systemd/system/*.wants/"$1" /run/systemd/generator.late/*.wants/"$1"; do
    [ ! -e "$link" ] && [ ! -L "$link" ] || return 0
  done
  facts_running "$1"
}
facts_running() { [ -e "/sys/fs/cgroup/system.slice/$1" ]; }

facts_uplinks() {
  local name index kind owner
  echo '>fact uplink'
  awk '$1 == "default" { for (i = 2; i < NF; i++) if ($i == "dev" && !seen[$(i + 1)]++) print $(i + 1) }' "$KV_W/routes" > "$KV_W/uplinks"
  # Without a default route, the link that we came in over.
  [ -s "$KV_W/uplinks" ] || ip -o addr | awk -v ssh="${KVMNET_SSH:-}" '
    BEGIN { split(ssh, w, " ") }
    { split($4, address, "/"); if (address[1] == w[3]) print $2 }' > "$KV_W/uplinks"
  while read -r name; do
    facts_link "$name"
    printf '|%s %s %s\n' "$name" "$kind" "$owner"
  done < "$KV_W/uplinks"
}

# facts_link NAME: sets kind, owner and index.
facts_link() {
  kind=wired owner=none index=0
  if [ -d "/sys/class/net/$1/wireless" ] || [ -e "/sys/class/net/$1/phy80211" ]; then kind=wireless; fi
  [ ! -r "/sys/class/net/$1/ifindex" ] || read -r index < "/sys/class/net/$1/ifindex"
  # Both keep a file for each link, in their own words of who manages it.
  if grep -qs '^ADMIN_STATE=\(configuring\|configured\|failed\)' "/run/systemd/netif/links/$index" && [ -e /run/systemd/netif/state ]; then
    owner=networkd
  elif grep -qs '^connection-uuid=' "/run/NetworkManager/devices/$index"; then
    owner=networkmanager
  elif cat /etc/network/interfaces /etc/network/interfaces.d/* 2> /dev/null | grep -q "^ *iface  *$1\( \|\$\)"; then
    owner=ifupdown
  fi
}

facts_ifupdown() {
  local file
  echo '>fact ifupdown'
  command -v ifup > /dev/null || return 0
  # Other programs of that name (ifupdown2, ifupdown-ng) read the file in their own way.
  ! ifup --version 2> /dev/null | grep -q 'ifup version 0\.' || echo '|debian'
  ! grep -Eqs '^[[:space:]]*source(-directory)?[[:space:]]+(/etc/network/)?interfaces\.d/?\*?[[:space:]]*$' /etc/network/interfaces || echo '|sources'
  for file in /etc/network/interfaces /etc/network/interfaces.d/*; do
    case $file in */kvmnet-*) continue ;; esac
    ! grep -qs '^[[:space:]]*mapping[[:space:]]' "$file" || { echo '|mappings'; return; }
  done
}

facts_profiles() {
  local sys name file uuid
  echo '>fact profile'
  facts_running NetworkManager.service || return 0
  nmcli --terse --escape no --fields UUID,FILENAME connection show > "$KV_W/profiles" 2> /dev/null || return 0
  for sys in /sys/class/net/*; do
    name=${sys##*/}
    kv_line "$sys/ifindex"
    file=/run/NetworkManager/devices/$KV_LINE
    # A guest's tap has none, and there may be many.
    [ -f "$file" ] && [ "$name" != lo ] || continue
    uuid=$(sed -n 's/^connection-uuid=//p' "$file" 2> /dev/null)
    [ -n "$uuid" ] || continue
    printf '%s metric %s\n' "$name" "$(sed -n 's/^route-metric-default-effective=//p' "$file" | grep . || echo -)" > "$KV_W/profile"
    file=$(sed -n "s/^$uuid://p" "$KV_W/profiles")
    case $file in *.nmconnection) ;; *) continue ;; esac
    # What it only describes, since somebody else has configured it.
    ! grep -Eqs '^(external|volatile)=true' "$file" || continue
    awk -v link="$name" '
      /^\[/ { section = $0 == "[ipv4]" ? "ipv4" : $0 == "[ipv6]" ? "ipv6" : ""; next }
      section != "" && /^[a-z]/ { print link " " section " " $0 }' "$file" >> "$KV_W/profile" 2> /dev/null || continue
    sed 's/^/|/' "$KV_W/profile"
  done
}

facts_nics() {
  local sys name index kind owner mac master
  echo '>fact nic'
  for sys in /sys/class/net/*; do
    name=${sys##*/}
    kv_line "$sys/type"
    # ARPHRD_ETHER
    [ "$KV_LINE" = 1 ] && [ ! -d "$sys/bridge" ] && [ ! -e "$sys/tun_flags" ] || continue
    facts_link "$name"
    kv_line "$sys/address"
    mac=$KV_LINE master=-
    [ ! -e "$sys/master" ] || master=$(readlink "$sys/master") && master=${master##*/}
    printf '|%s %s %s %s %s\n' "$name" "$kind" "$owner" "$mac" "$master"
  done
}

facts_carried() {
  local family
  echo '>fact carried'
  ip -o addr show scope global | awk '{
    broadcast = "-"
    for (i = 5; i < NF; i++) if ($i == "brd") broadcast = $(i + 1)
    print "|" $2 " " $4 " " broadcast " " (/ (dynamic|mngtmpaddr) / ? "dynamic" : "static")
  }'
  echo '>fact gateway'
  for family in -4 -6; do
    ip "$family" route show table main | awk -v any="$([ "$family" = -4 ] && echo 0.0.0.0/0 || echo ::/0)" '
      / via / {
        prefix = $1 == "default" ? any : index($1, "/") ? $1 : $1 (index($1, ":") ? "/128" : "/32")
        for (i = 2; i < NF; i++) {
          if ($i == "via") gateway = $(i + 1)
          if ($i == "dev") link = $(i + 1)
        }
        print "|" link " " prefix " " gateway " " (/ proto (dhcp|ra)/ ? "dynamic" : "static")
      }'
  done
}

# A network manager that takes advertisements itself keeps the kernel from it.
facts_advertised() {
  local name
  echo '>fact accept-ra'
  {
    cat "$KV_W/uplinks"
    ip -6 -o addr show scope global dynamic | awk '{ print $2 }'
    ip -6 route show table main proto ra | awk '{ for (i = 1; i < NF; i++) if ($i == "dev") print $(i + 1) }'
  } 2> /dev/null | sort -u > "$KV_W/advertised"
  while read -r name; do
    kv_line "/proc/sys/net/ipv6/conf/$name/accept_ra"
    case $KV_LINE in [12]) printf '|%s\n' "$name" ;; esac
  done < "$KV_W/advertised"
}

# networkd keeps a file of words for each link and for each lease, named by index.
facts_networkd() {
  local sys
  for sys in /sys/class/net/*; do
    kv_line "$sys/ifindex"
    [ -z "$KV_LINE" ] || printf '%s %s\n' "${sys##*/}" "$KV_LINE"
  done | awk -v netif=/run/systemd/netif '
    function words(path,   line, at) {
      split("", value)
      while ((getline line < path) > 0) if ((at = index(line, "=")) > 0) value[substr(line, 1, at - 1)] = substr(line, at + 1)
      close(path)
    }
    {
      words(netif "/leases/" $2)
      if (value["ADDRESS"] != "") leases = leases "|" $1 " " value["ADDRESS"] " " value["CLIENTID"] "\n"
      split("", leased)
      n = split(value["DNS"], w, " ")
      for (i = 1; i <= n; i++) leased[w[i]] = 1
      words(netif "/links/" $2)
      n = split(value["DNS"], w, " ")
      for (i = 1; i <= n; i++) if (!(w[i] in leased)) resolvers = resolvers "|" $1 " " w[i] "\n"
    }
    END { printf ">fact lease\n%s>fact resolver\n%s", leases, resolvers }'
}
