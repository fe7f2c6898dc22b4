# read.sh: live values for a resource's outputs. Printed, or in a file that KVR_OUT is set to.

read_one() {
  local name='' a='' b='' c=''
  { IFS= read -r name; IFS= read -r a; IFS= read -r b; IFS= read -r c; } < "$1"
  case $name in
    leases) if [ -f "$a" ]; then kvr_leases "$a"; else echo unserved; fi ;;
    tap) kvr_tap "$a" "$b" "$c" ;;
    domain-state) kvr_state "$a" "$b" ;;
    running-domains) kvr_running "$a" ;;
    nic-waits) kvr_waits "$a" "$b" "$c" ;;
    network-leases) kvr_network_leases "$a" "$b" ;;
    network-uuid) ! network_check "$a" || kvw_virsh net-uuid --network "$a" 2> /dev/null ;;
    addresses) kvr_once addresses ip -o addr ;;
    blockers) kvr_once blockers kvr_blockers ;;
    bridged) kvr_once bridged kvr_bridged ;;
    published) kvr_once published kvr_published ;;
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
  kvd_look && [ "$KVD_STATE" = running ] || return 0
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
  ! kvd_look || printf '%s\n' "$KVD_SAID"
}
# Nothing, where libvirt does not answer.
kvr_running() {
  command -v virsh > /dev/null && nic_check "$1 any 00:00:00:00:00:00" || return 0
  kvd_virsh list --uuid --name > "$KV_W/running" 2> /dev/null || return 0
  echo asked
  cat "$KV_W/running"
}

# What drops or rejects packets that we let through, whatever the bridge: an accept in one table never overrides another's
# drop. `NAME<tab>WHAT` a line; NAME is docker, firewalld, ufw, iptables, iptables-legacy, nftables, or the table's own.
kvr_blockers() {
  local six
  kvp_nft 2> /dev/null | kvp_read blockers
  for six in '' 6; do
    # Looking at rules with iptables-legacy would load its tables. That they are there must do.
    ! grep -qsx filter "/proc/net/ip${six}_tables_names" || ! command -v "ip${six}tables-legacy-save" > /dev/null ||
      "ip${six}tables-legacy-save" -t filter 2> /dev/null | kvp_read blockers /dev/null iptables-legacy "ip$six"
  done
}

# Ports that programs publish for their containers: what comes for them is forwarded, and no filter of the host's input sees it.
# `NAME PROTOCOL ADDRESS|* PORT TARGET` a line; NAME is docker or podman, by the chains or tables that they keep.
kvr_published() {
  local program
  {
    for program in $(kvp_programs nat); do "$program-save" -t nat; done
    nft -s -t list ruleset
  } 2> /dev/null | awk '
    function word(s, form) { if (!match(s, form)) return ""; s = substr(s, RSTART, RLENGTH); sub(/^.* /, "", s); return s }
    function say(by, protocol, address, port, target) {
      sub(/\/(32|128)$/, "", address); sub(/:/, "-", port)
      if (protocol != "" && port != "" && target != "" && address !~ /^(127\.|::1$)/) print by, protocol, address == "" ? "*" : address, port, target
    }
    /^-A (DOCKER|NETAVARK-DN-|CNI-DN-)/ && / -j DNAT / {
      say($2 ~ /^DOCKER/ ? "docker" : "podman", word($0, " -p [a-z]+"), word($0, " -d [0-9a-f.:/]+"), word($0, " --dport [0-9:]+"), word($0, " --to-destination [^ ]+"))
    }
    /^table / { by = $3 ~ /docker/ ? "docker" : $3 ~ /netavark/ ? "podman" : "" }
    by != "" && / dnat (ip6? )?to / {
      say(by, $0 ~ / udp dport / || $1 == "udp" ? "udp" : "tcp", word($0, "ip6? daddr [0-9a-f.:]+"), word($0, " dport [0-9-]+"), word($0, " to [^ ]+"))
    }' | sort -u
}

# Bridges that guests share with a NIC, as kvr_nics says, and `table NAME` for each table of the bridge family.
kvr_bridged() {
  kvr_nics
  nft list chains bridge 2> /dev/null | sed -n 's/^table bridge \(.*\) {$/table \1/p'
}
# Ports of bridges that are NICs, `port BRIDGE NIC` a line. What is a guest's (a tap, or an end of a container's pair) and what only
# anchors a bridge is none.
kvr_nics() {
  ip -d -o link show type bridge_slave 2> /dev/null | awk '
    / (tun|veth|dummy) / { next }
    {
      name = $2
      sub(/[@:].*/, "", name)
      for (i = 3; i < NF; i++) if ($i == "master") master = $(i + 1)
      print "port", master, name
    }'
}
