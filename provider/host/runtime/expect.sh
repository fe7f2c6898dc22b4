# expect.sh: conditions of a member, checked before anything is touched. Words are read from a file, one a line. One that does
# not hold prints what was found instead, which the user reads.

# Those of a batch are asked about at one time: what holds for one member holds for all of them.
expect_anew() {
  EXPECT_HELD=$KV_NL
  kv_empty "$KV_W/ports"
}

# expect_one PHASE FILE NUMBER: PHASE is `early`, or `staged` for what needs the new files (beside their targets).
expect_one() {
  local name='' a='' b='' c='' d='' e=''
  { IFS= read -r name; IFS= read -r a; IFS= read -r b; IFS= read -r c; IFS= read -r d; IFS= read -r e; } < "$2"
  case $1:$name in
    # All ports of a batch together, by expect_ports: members must not get into each other's way, either.
    early:port-free) expect_port "$3" "$a" "$b" "$c" "$d" "$e"; return ;;
  esac
  case $EXPECT_HELD in *"$KV_NL$name $a $b $c $d $e$KV_NL"*) return 0 ;; esac
  expect_now "$1:$name" "$a" "$b" "$c" "$d" "$e" || return
  EXPECT_HELD="$EXPECT_HELD$name $a $b $c $d $e$KV_NL"
}
# expect_now PHASE:NAME WORD…
expect_now() {
  local which="$1"
  shift
  case $which in
    staged:dnsmasq-test) expect_dnsmasq "$1" ;;
    staged:dnsmasq-reads) expect_dnsmasq_reads "$1" ;;
    early:dnsmasq-* | staged:*) ;;
    *:machine) [ "$1" = "$KV_HOST" ] || { printf '%s\n' "$KV_HOST"; return 1; } ;;
    *:no-route) expect_route "$1" "$2" ;;
    *:route-free) expect_route_free "$1" "$2" "$3" ;;
    *:link-exists) expect_link "$1" ;;
    *:nics-listed) expect_listed "$1" "$2" ;;
    *:link-bare) expect_bare "$1" ;;
    *:vlan-filtering) expect_vlans ;;
    *:domain-exists) expect_domain "$1" "$2" ;;
    *:readable) expect_readable "$1" ;;
    *:unit-active) unit_check "$1" && kvu_systemctl is-active -q -- "$1" ;;
    *:link-wired) expect_wired "$1" ;;
    *:link-unused) expect_unused "$1" ;;
    *:filter-exists) expect_filter "$1" "$2" ;;
    *:virtual-function) expect_virtual "$1" ;;
    *:network-exists) expect_network "$1" ;;
    *:network-idle) expect_idle "$1" "$2" ;;
    *:network-forwarders) expect_forwarders "$1" "$2" ;;
    *:program) expect_program "$1" "$2" ;;
    *:ruleset-exists) expect_ruleset "$1 $2" ;;
    *)
      echo "this version of the runtime does not know the expectation ${which#*:}"
      return 1
      ;;
  esac
}

# expect_route CIDR LINK: no other link's route overlaps, and who is connected is not in it. Two prefixes overlap when they are equal in the shorter one's bits.
expect_route() {
  case $1 in *:*) expect_route6 "$@"; return ;; esac
  ip -4 route show table main > "$KV_W/routes" || return
  case ${KVMNET_SSH:-} in
    '' | *[!0-9.\ ]*) ;;
    *) ip -4 -o route get "${KVMNET_SSH%% *}" 2> /dev/null | sed -n 's/^\([0-9.]*\) .*\( dev [^ ]*\).*/\1\2 you/p' >> "$KV_W/routes" ;;
  esac
  awk -v cidr="$1" -v mine="$2" '
    function number(a,   o) { split(a, o, "."); return ((o[1] * 256 + o[2]) * 256 + o[3]) * 256 + o[4] }
    BEGIN { split(cidr, w, "/"); base = number(w[1]); bits = w[2] }
    {
      prefix = $1
      if (prefix ~ /^(blackhole|unreachable|prohibit|throw|local|broadcast|multicast|unicast)$/) prefix = $2
      if (prefix == "default") next
      link = ""
      for (i = 2; i < NF; i++) if ($i == "dev") link = $(i + 1)
      if (link == mine && mine != "") next
      length2 = 32
      if (split(prefix, w, "/") == 2) length2 = w[2]
      shorter = length2 + 0 < bits + 0 ? length2 : bits
      block = 2 ^ (32 - shorter)
      if (int(number(w[1]) / block) == int(base / block)) {
        print prefix (link == "" ? "" : " dev " link) ($NF == "you" ? ", from where you are connected" : "")
        exit 1
      }
    }' "$KV_W/routes"
}

# A part of what a router beyond has may well be a network here: providers hand out prefixes so.
expect_route6() {
  { ip -6 route show table main root "$1" && ip -6 route show table main match "$1"; } > "$KV_W/routes" || return
  awk -v cidr="$1" -v mine="$2" '
    function bits(prefix,   w) { return split(prefix, w, "/") == 2 ? w[2] + 0 : 128 }
    $1 !~ /:/ { next }
    {
      link = ""
      for (i = 2; i < NF; i++) if ($i == "dev") link = $(i + 1)
      if ((link == mine && mine != "") || (/ via / && bits($1) < bits(cidr))) next
      print $1 (link == "" ? "" : " dev " link)
      exit 1
    }' "$KV_W/routes"
}

# expect_route_free PREFIX LINK UPLINK
expect_route_free() {
  local family=-4 prefix="$1"
  case $1 in *:*) family=-6 ;; esac
  case $1 in 0.0.0.0/0 | ::/0) prefix=default ;; esac
  ip "$family" route show table main "$prefix" > "$KV_W/routes" || return
  awk -v link="$2" -v uplink="$3" '
    {
      dev = ""
      for (i = 1; i < NF; i++) if ($i == "dev") dev = $(i + 1)
      if (dev == link || dev == uplink) next
      sub(/ proto .*/, "")
      print
      exit 1
    }' "$KV_W/routes"
}

expect_link() { link_check "$1" && link_present "$1"; }

# The kernel's own link-local addresses do not count.
expect_bare() {
  expect_link "$1" || { echo 'there is no such interface'; return 1; }
  ip -o addr show dev "$1" > "$KV_W/bare" || return
  # A port of this very resource may be asked about again.
  awk '!/ scope link / || $3 == "inet" { print $4; bad = 1 } END { exit bad }' "$KV_W/bare"
}

# Tried where nobody sees it. Where that cannot be tried, the change itself will tell.
expect_vlans() {
  ! unshare -n ip link add name kvmnet type bridge 2> /dev/null ||
    unshare -n ip link add name kvmnet type bridge vlan_filtering 1 2> /dev/null
}

# expect_listed BRIDGE NICS: of the bridge's ports, all that are NICs are among these, which commas part.
expect_listed() {
  kvr_nics | awk -v bridge="$1" -v listed=",$2," '
    $2 == bridge && !index(listed, "," $3 ",") { print $3; bad = 1; exit }
    END { exit bad }'
}

expect_domain() {
  KVD_URI=$1 KVD_DOMAIN=$2
  command -v virsh > /dev/null || { echo 'virsh is not installed'; return 1; }
  nic_check "$1 $2 00:00:00:00:00:00" || return
  kvd_look || { cat "$KV_W/domain.err"; return 1; }
}

# expect_readable PATH: by anybody, and each directory on the way to it is open.
expect_readable() {
  local path="$1" need=4
  kvf_check "$1" || return
  [ -e "$1" ] || { echo 'it is not there'; return 1; }
  [ ! -d "$1" ] || need=5
  while [ -n "$path" ]; do
    KV_LINE=$(stat -L -c %a "$path") || return
    [ $(((0$KV_LINE & need) == need)) = 1 ] || { printf 'the mode of %s is %s\n' "$path" "$KV_LINE"; return 1; }
    path=${path%/*} need=1
  done
}

expect_wired() {
  expect_link "$1" || { echo absent; return 1; }
  [ ! -d "/sys/class/net/$1/wireless" ] && [ ! -e "/sys/class/net/$1/phy80211" ] || { echo wireless; return 1; }
}

# expect_unused LINK: carries no address, and nothing stands on it (a bridge, a bond, a VLAN) but a guest's macvtap.
expect_unused() {
  local upper
  expect_bare "$1" || return
  for upper in "/sys/class/net/$1"/upper_*; do
    upper=${upper##*/upper_}
    case $upper in '*' | macvtap*) ;; *) printf '%s\n' "$upper"; return 1 ;; esac
  done
}

# expect_said FILE: the last thing that virsh complained of is the reason for the others.
expect_said() { sed -n '$s/^error: //p' "$1"; }

expect_filter() {
  KVD_URI=$1
  kvd_virsh nwfilter-dumpxml --nwfilter "$2" > /dev/null 2> "$KV_W/filter.err" && return
  expect_said "$KV_W/filter.err"
  return 1
}

# While a guest has it, the host has not: what the host itself uses is not given away.
expect_virtual() {
  local link
  case $1 in *[!0-9a-f:.]*) return 1 ;; esac
  [ -e "/sys/bus/pci/devices/$1" ] || { echo 'there is no such device'; return 1; }
  [ -e "/sys/bus/pci/devices/$1/physfn" ] || return
  for link in "/sys/bus/pci/devices/$1/net"/*; do
    link=${link##*/}
    [ "$link" = '*' ] || KV_LINE=$(expect_unused "$link") || { printf 'used %s %s\n' "$link" "$KV_LINE"; return 1; }
  done
  # libvirt sets the MAC address of a function by the NIC, which must be up for that.
  for link in "/sys/bus/pci/devices/$1/physfn/net"/*; do
    [ ! -e "$link" ] || ip link show up dev "${link##*/}" | grep -q . || { printf 'down %s\n' "${link##*/}"; return 1; }
  done
}

expect_network() {
  network_check "$1" && kvw_state "$1" && return
  expect_said "$KV_W/network.err"
  return 1
}

# expect_idle NETWORK BRIDGE
expect_idle() {
  network_check "$1" || return
  kvw_state "$1" && [ "$KVW_ACTIVE" = yes ] && [ "$KVW_BRIDGE" != "$2" ] || return 0
  KV_LINE=$(kvw_users "$1") && [ -z "$KV_LINE" ] && return
  printf '%s\n' "$KV_LINE"
  return 1
}

expect_program() { command -v -- "$1" > /dev/null || { echo "$2"; return 1; }; }

expect_ruleset() { ruleset_check "$1" && kvn_exists && [ -n "$KVN_THERE" ]; }

# The program is asked about the staged file, where its AppArmor profile lets it look.
expect_dnsmasq() {
  local number
  kv_staged "$1"
  # Unchanged: then it is not staged.
  [ -f "$KV_STAGED" ] || return 0
  dnsmasq --test -C "$KV_STAGED" > "$KV_W/dnsmasq" 2>&1 && return
  # It says `dnsmasq: WHAT at line N of FILE`; the user knows the line, not the number.
  number=$(sed -n 's/.* at line \([0-9]*\) of .*/\1/p' "$KV_W/dnsmasq")
  case $number in
    '' | *[!0-9]*) cat "$KV_W/dnsmasq" ;;
    *) printf '%s: %s\n' "$(sed -n 's/^dnsmasq: \(.*\) at line .*/\1/p' "$KV_W/dnsmasq")" "$(sed -n "${number}p" "$KV_STAGED")" ;;
  esac
  return 1
}

# expect_dnsmasq_reads DIRECTORY: only the program itself can tell what its profile lets it do. It is to list configuration
# files there, of a kind that there is not.
expect_dnsmasq_reads() {
  [ ! -d "$1" ] || dnsmasq --test -C /dev/null --conf-dir="$1,*.none" > "$KV_W/dnsmasq" 2>&1 && return
  sed -n 's/^dnsmasq: //p' "$KV_W/dnsmasq"
  return 1
}
