# read.sh: live values for a resource's outputs. Printed, or in a file that KVR_OUT is set to.

read_one() {
  local name='' a='' b='' c=''
  { IFS= read -r name; IFS= read -r a; IFS= read -r b; IFS= read -r c; } < "$1"
  case $name in
    leases) [ ! -f "$a" ] || kvr_leases "$a" ;;
    tap) kvr_tap "$a" "$b" "$c" ;;
    domain-state) kvr_state "$a" "$b" ;;
    nic-waits) kvr_waits "$a" "$b" "$c" ;;
    network-leases) kvr_network_leases "$a" "$b" ;;
    network-uuid) ! network_check "$a" || kvw_virsh net-uuid --network "$a" 2> /dev/null ;;
    addresses) kvr_once addresses ip -o addr ;;
    blockers) kvr_once blockers kvr_blockers ;;
    bridged) kvr_once bridged kvr_bridged ;;
  esac
}

# kvr_once NAME COMMAND…: what is the host's is the same for all that ask at once.
kvr_once() {
  KVR_OUT=$KV_W/$1
  shift
  [ -e "$KVR_OUT" ] || "$@" > "$KVR_OUT"
}

# Only files that dnsmasq calls leases: this is no way to read any file.
kvr_leases() {
  case $1 in */../*) return ;; /var/lib/*.leases) cat "$1" ;; esac
}
kvr_tap() {
  command -v virsh > /dev/null && nic_check "$1 $2 $3" || return 0
  kvd_state && [ "$KVD_STATE" = running ] || return 0
  kvd_interface live > "$KV_W/tap"
  kvd_master "$KV_W/tap" /dev/null
  printf '%s\n' "$KVD_TAP"
}
kvr_waits() {
  local KV_O="$KV_W/waits"
  command -v virsh > /dev/null && nic_check "$1 $2 $3" && kvd_read "$1 $2 $3" && [ "$KVD_STATE" = running ] || return 0
  # Each has places of its own, and names where libvirt gives them.
  grep -v "^ *<\(address\|alias\) \|^ *<target dev='vnet" "$KV_O.stored" | grep -Fvxf "$KV_O.live" || :
}
# Whoever serves the network's bridge: a dnsmasq of ours, or libvirt's own.
kvr_network_leases() {
  command -v virsh > /dev/null && network_check "$1" && kvw_state "$1" && [ -n "$KVW_BRIDGE" ] || return 0
  [ ! -f "/var/lib/misc/dnsmasq.$KVW_BRIDGE.leases" ] || cat "/var/lib/misc/dnsmasq.$KVW_BRIDGE.leases"
  # DATE TIME MAC PROTOCOL ADDRESS/LENGTH NAME CLIENT-ID
  kvw_virsh net-dhcp-leases --network "$1" --mac "$2" 2> /dev/null | awk '$4 == "ipv4" {
    sub(/\/.*/, "", $5)
    print 0, $3, $5, $6 == "-" ? "*" : $6, "*"
  }'
}
kvr_state() {
  command -v virsh > /dev/null && nic_check "$1 $2 00:00:00:00:00:00" || return 0
  kvd_virsh domstate --domain "$KVD_DOMAIN" 2> /dev/null
}

# What drops or rejects packets that we let through, whatever the bridge: an accept in one table never overrides another's
# drop. `NAME<tab>WHAT` a line; NAME is docker, firewalld, ufw, iptables-legacy, or the table's own.
kvr_blockers() {
  nft -s list ruleset 2> /dev/null | awk '
    # A table of iptables-nft may be both of these, and each lets through what its own chains are told.
    function owners(table) {
      if (table ~ / firewalld$/) return "firewalld"
      return (table in docker ? "docker " : "") (table in ufw ? "ufw" : "")
    }
    $1 == "table" { table = $2 " " $3; skip = $3 ~ /^kvmnet/; next }
    skip { next }
    $1 == "chain" { chain = $2; hook = "" }
    /DOCKER-USER/ { docker[table] = 1 }
    /ufw-/ { ufw[table] = 1 }
    / hook (forward|input) / {
      match($0, / hook [a-z]+/); hook = substr($0, RSTART + 6, RLENGTH - 6)
      if (/policy drop/) found[++n] = table "\t" chain "\t" hook "\tpolicy drop"
    }
    # A verdict for everything at the end of a base chain is as good as a policy.
    hook != "" && /^[ \t]*(counter )?(drop|reject)( |$)/ { sub(/^[ \t]+/, ""); found[++n] = table "\t" chain "\t" hook "\t" $0 }
    END {
      for (i = 1; i <= n; i++) {
        split(found[i], w, "\t")
        count = split(owners(w[1]), owner, " ")
        if (!count) { owner[1] = w[1]; count = 1 }
        for (k = 1; k <= count; k++) print owner[k] "\t" w[1] " " w[2] " (" w[3] "): " w[4]
      }
    }'
  # Looking at rules with iptables-legacy would load its tables. That they are there must do.
  if grep -qsx filter /proc/net/ip_tables_names && command -v iptables-legacy-save > /dev/null; then
    iptables-legacy-save -t filter 2> /dev/null | awk '/^:(FORWARD|INPUT) DROP/ { print "iptables-legacy\tfilter " substr($1, 2) ": policy DROP" }'
  fi
}

# Bridges that guests share with a NIC, `port BRIDGE NIC` a line, and `table NAME` for each table of the bridge family. What is a
# guest's (a tap, or a container's pair, to whose end libvirt gives an address that begins with fe) and what only anchors a bridge
# is no NIC.
kvr_bridged() {
  ip -d -o link show type bridge_slave 2> /dev/null | awk '
    / tun / || / dummy / || / link\/ether fe:/ { next }
    {
      name = $2
      sub(/[@:].*/, "", name)
      for (i = 3; i < NF; i++) if ($i == "master") master = $(i + 1)
      print "port", master, name
    }'
  nft list tables bridge 2> /dev/null | sed 's/^table bridge /table /'
}
