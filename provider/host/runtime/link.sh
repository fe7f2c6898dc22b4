# link.sh: kind `link NAME`: an interface that we make with iproute2. Where networkd or a unit makes it at boot, this only
# makes it now: what they do then is the same.

link_check() { case $1 in '' | . | .. | -* | *[!A-Za-z0-9_.:@=+-]* | ????????????????*) return 1 ;; esac; }
kvl_is_up() {
  local flags=0
  [ ! -e "/sys/class/net/$1/flags" ] || read -r flags < "/sys/class/net/$1/flags"
  [ $((flags & 1)) = 1 ]
}
kvl_type() {
  if [ -d "/sys/class/net/$1/bridge" ]; then
    KVL_TYPE=bridge
  else
    # Only netlink tells a dummy from other virtual links: `… addrgenmode eui64 \ dummy numtxqueues 1 …` or behind `minmtu`.
    case $(ip -d -o link show dev "$1" 2> /dev/null) in
      *[\ \\]dummy\ *) KVL_TYPE=dummy ;;
      *) KVL_TYPE=other ;;
    esac
  fi
}
# kvl_attribute WORD PATH: prints one from sysfs.
kvl_attribute() { [ ! -r "$2" ] || { kv_line "$2" && printf '%s %s\n' "$1" "$KV_LINE"; }; }

# kvl_routes NAME: routes through a gateway that somebody set: not those of router advertisements or DHCP.
kvl_routes() {
  ip -4 route show table main dev "$1" | awk '/ via / && !/ proto (dhcp|ra)/ { print "route " $1 " via " $3 }'
  ip -6 route show table main dev "$1" | awk '/ via / && !/ proto (dhcp|ra)/ { sub(/^default/, "::/0"); print "route " $1 " via " $3 }'
}

# kvl_found NAME [routes]: everything about it. Times in sysfs are centiseconds.
kvl_found() {
  local sys="/sys/class/net/$1" delay number link family address rest dhcp4=''
  kvl_type "$1"
  printf 'type %s\n' "$KVL_TYPE"
  kvl_attribute mac "$sys/address"
  kvl_attribute mtu "$sys/mtu"
  if [ "$KVL_TYPE" = bridge ]; then
    # The kernel says 2 when a daemon runs the protocol.
    read -r delay < "$sys/bridge/stp_state"
    [ "$delay" = 0 ] || delay=1
    printf 'stp %s\n' "$delay"
    read -r delay < "$sys/bridge/forward_delay"
    case $((delay % 100)) in
      0) printf 'forward_delay %s\n' $((delay / 100)) ;;
      *0) printf 'forward_delay %s.%s\n' $((delay / 100)) $((delay % 100 / 10)) ;;
      *) printf 'forward_delay %s.%02d\n' $((delay / 100)) $((delay % 100)) ;;
    esac
    kvl_attribute multicast_snooping "$sys/bridge/multicast_snooping"
    # Some kernels have none.
    kvl_attribute vlan_filtering "$sys/bridge/vlan_filtering"
  fi
  ip -o addr show dev "$1" > "$KV_W/link.addresses" || return
  while read -r number link family address rest; do
    case " $rest" in
      # Made by the kernel, by router advertisements or DHCP: nobody's text.
      *' scope link '*) [ "$family" = inet ] || continue ;;
      *' dynamic '*)
        [ "$family" != inet ] || dhcp4=1
        continue
        ;;
      # Of a router advertisement without an end.
      *' mngtmpaddr '*) continue ;;
    esac
    case $family:$rest in
      inet:brd\ *)
        rest=${rest#brd }
        printf 'addr %s brd %s\n' "$address" "${rest%% *}"
        ;;
      inet:* | inet6:*) printf 'addr %s\n' "$address" ;;
    esac
  done < "$KV_W/link.addresses"
  [ -z "$dhcp4" ] || echo dhcp4
  [ -z "${2:-}" ] || kvl_routes "$1"
  ! kvl_is_up "$1" || echo up
}

link_tracked() { :; }
link_target() { KV_TARGET=''; }
link_present() { [ -e "/sys/class/net/$1" ]; }
link_observe() {
  link_present "$1" || return 1
  kvl_found "$1" "$(sed -n '/^route /{s/ .*//p;q;}' "$2")" > "$KV_O.found" && kv_compare "$2" "$KV_O.found"
}
# Each word is checked here, because they go into a batch of ip(8).
link_stage() {
  local word value
  while read -r word value; do
    case $word in
      type) case $value in bridge | dummy) ;; *) false ;; esac ;;
      mac) case $value in *[!0-9a-f:]* | '') false ;; esac ;;
      mtu | stp | multicast_snooping | vlan_filtering) case $value in *[!0-9]* | '') false ;; esac ;;
      forward_delay) case $value in *[!0-9.]* | *.*.* | '' | .*) false ;; esac ;;
      addr) case ${value%% brd *}${value##* brd } in *[!0-9a-f:./]* | '') false ;; esac ;;
      route)
        case ${value%% via *} in default) ;; *[!0-9a-f:./]* | '') false ;; esac &&
          case ${value##* via } in *[!0-9a-f:.]* | '') false ;; esac
        ;;
      dhcp4 | up) [ -z "$value" ] ;;
      *) false ;;
    esac || { printf 'not understood: %s %s\n' "$word" "$value" >&2; return 1; }
  done < "$2"
}
link_save() {
  ! link_present "$1" || { kvl_found "$1" > "$2.text" && kva_routes "$1" boot static > "$2.routes"; }
}
kvl_centiseconds() {
  local fraction=''
  case $1 in *.*) fraction=${1#*.} ;; esac
  fraction=$(printf '%.2s' "${fraction}00")
  KVL_CENTI=$((${1%.*} * 100 + ${fraction#0}))
}
link_apply() {
  local name="$1" word value bridge='' up='' mtu='' type='' addresses='' routes='' old='' made='' mac='' there=''
  ! link_present "$name" || there=$(kvl_found "$name")
  while read -r word value; do
    case $word in
      type) type=$value ;;
      mac) mac=$value ;;
      mtu) mtu=$value ;;
      stp) bridge="$bridge stp_state $value" ;;
      forward_delay)
        kvl_centiseconds "$value"
        bridge="$bridge forward_delay $KVL_CENTI"
        ;;
      multicast_snooping) bridge="$bridge mcast_snooping $value" ;;
      vlan_filtering) bridge="$bridge vlan_filtering $value" ;;
      addr)
        # One that is there as it should be stays as it is: it may have flags of whoever else keeps the link.
        case $KV_NL$there$KV_NL in *"${KV_NL}addr $value$KV_NL"*) continue ;; esac
        # No waiting for duplicate address detection: it is the network's first address, and units need it at once.
        case $value in *:*) value="$value nodad" ;; esac
        addresses="${addresses}addr replace $value dev $name$KV_NL"
        ;;
      # One that another interface still has is taken over: the kernel keeps one for each prefix and metric.
      route) routes="${routes}route replace $value dev $name proto static$KV_NL" ;;
      dhcp4) printf '%s\n' "$name" >> "$KV_M.dhcp4" ;;
      up) up="link set dev $name up$KV_NL" ;;
    esac
  done < "$2"
  # What the old text said and the new one does not.
  while read -r word value; do
    ! grep -Fqx "$word${value:+ $value}" "$2" || continue
    case $word in
      addr) old="${old}addr del ${value%% *} dev $name$KV_NL" ;;
      route) old="${old}route del $value dev $name$KV_NL" ;;
      mtu) [ -n "$mtu" ] || mtu=1500 ;;
      stp) case $bridge in *stp_state*) ;; *) bridge="$bridge stp_state 0" ;; esac ;;
      forward_delay) case $bridge in *forward_delay*) ;; *) bridge="$bridge forward_delay 1500" ;; esac ;;
      multicast_snooping) case $bridge in *mcast_snooping*) ;; *) bridge="$bridge mcast_snooping 1" ;; esac ;;
      vlan_filtering) case $bridge in *vlan_filtering*) ;; *) bridge="$bridge vlan_filtering 0" ;; esac ;;
    esac
  done < "$3"
  if link_present "$name"; then
    kvl_type "$name"
    if [ "$KVL_TYPE" != "$type" ]; then
      printf '%s is there and is no %s\n' "$name" "$type" >&2
      return 1
    fi
    # In one message with a delay that only STP allows, the kernel looks at the old state of STP.
    [ -z "$bridge" ] || bridge="link set dev $name type bridge$bridge$KV_NL"
    [ -z "$mac" ] || bridge="link set dev $name address $mac$KV_NL$bridge"
  else
    made=1
    bridge="link add name $name${mac:+ address $mac} type $type$bridge$KV_NL"
  fi
  [ -z "$old" ] || printf '%s' "$old" | ip -force -batch - 2> /dev/null
  printf '%s' "$bridge${mtu:+link set dev $name mtu $mtu$KV_NL}$addresses$up$routes" | ip -batch - || return
  [ -z "$made" ] || [ "$type" != bridge ] || kvl_reattach "$name" "$3"
}
link_remove() {
  local port ports=''
  link_present "$1" || return 0
  if [ -s "$2" ]; then
    kv_line "$2"
    kvl_type "$1"
    # Somebody put another link in its place.
    [ "$KV_LINE" = "type $KVL_TYPE" ] || return 0
  fi
  for port in "/sys/class/net/$1/brif"/*; do
    # Those of a resource are its: whoever keeps links (networkd) may have made one a port again before its file goes.
    [ -e "$port" ] && [ ! -e "$KV_LIB/objects/port%20${port##*/}" ] || continue
    ports="$ports${port##*/} $(kvl_index "${port##*/}")$KV_NL"
  done
  if [ -n "$ports" ]; then
    mkdir -p "$KV_RUN/ports" && printf '%s' "$ports" > "$KV_RUN/ports/$1"
  fi
  ip link del dev "$1"
}
kvl_index() { kv_line "/sys/class/net/$1/ifindex" && printf '%s\n' "$KV_LINE"; }
# A bridge that is made again gets back the ports it had (taps of running guests, containers), if they are free and the very
# same: another interface of that name has another index.
kvl_reattach() {
  local port index
  {
    [ ! -f "$KV_RUN/ports/$1" ] || cat "$KV_RUN/ports/$1"
    # Deleted behind our back: libvirt still knows who was on it.
    if [ -s "$2" ] && [ ! -f "$KV_RUN/ports/$1" ]; then nic_taps "$1"; fi
  } > "$KV_W/ports"
  while read -r port index; do
    link_check "$port" && link_present "$port" && [ ! -e "/sys/class/net/$port/master" ] || continue
    [ -z "$index" ] || [ "$index" = "$(kvl_index "$port")" ] || continue
    ip link set dev "$port" master "$1" || continue
    kv_note "$port is a port of $1 again"
  done < "$KV_W/ports"
  rm -f "$KV_RUN/ports/$1"
}
link_undo() {
  [ -z "$KV_BOOT" ] || return 0
  if [ -f "$2.text" ]; then
    kvl_give_back "$1" "$2" "$3" && printf '%s\t%s\n' "$1" "$2" >> "$KV_W/given-back"
  else
    link_remove "$1" "$3"
  fi
}
# kvl_give_back NAME PREFIX OLD: its routes as whoever set them did, who may look for just those when they are to go.
kvl_give_back() {
  link_apply "$1" "$2.text" "$3" || return
  [ ! -f "$2.routes" ] || ip -force -batch "$2.routes" 2> /dev/null || :
}
# networkd takes the addresses along of a link whose file is gone (notify.sh): they come back once it has let go.
kvl_again() {
  local name prefix tries=0
  [ -f "$KV_W/given-back" ] || return 0
  while IFS=$KV_TAB read -r name prefix <&4; do
    while [ "$tries" -lt 25 ] && grep -qs '^NETWORK_FILE=.*/01-kvmnet-' "/run/systemd/netif/links/$(kvl_index "$name")"; do
      tries=$((tries + 1))
      sleep 0.2 2> /dev/null || sleep 1
    done
    [ ! -f "$prefix.text" ] || ! link_present "$name" || kvl_give_back "$name" "$prefix" /dev/null || return
  done 4< "$KV_W/given-back"
  rm -f "$KV_W/given-back"
}
link_resume() { :; }
link_touch() { :; }
# DHCP is others' work: all there is to do is to wait for it.
link_settle() {
  local name tries=0
  [ -f "$KV_M.dhcp4" ] || return 0
  while read -r name <&4; do
    while link_present "$name" && ! ip -o -4 addr show dev "$name" | grep -q ' dynamic '; do
      [ "$tries" -lt 30 ] || { echo "$name got no address by DHCP within 15 s" >&2; return 1; }
      tries=$((tries + 1))
      sleep 0.5 2> /dev/null || sleep 1
    done
  done 4< "$KV_M.dhcp4"
  rm -f "$KV_M.dhcp4"
}
link_cuts() { kv_on_path "$1"; }
