# port.sh: kind `port LINK`: LINK is a port of a bridge. Text: `master BRIDGE`, and `up` if it shall be.

# Sets KVP_MASTER, empty when it has none.
kvp_master() {
  KVP_MASTER=''
  [ ! -e "/sys/class/net/$1/master" ] || KVP_MASTER=$(readlink "/sys/class/net/$1/master") && KVP_MASTER=${KVP_MASTER##*/}
}
# Sets KVP_WANT from a text.
kvp_want() {
  local word value
  KVP_WANT=''
  [ -f "$1" ] || return 0
  while read -r word value; do [ "$word" != master ] || KVP_WANT=$value; done < "$1"
}
kvp_found() {
  kvp_master "$1"
  [ -z "$KVP_MASTER" ] || printf 'master %s\n' "$KVP_MASTER"
  ! kvl_is_up "$1" || echo up
}

port_tracked() { :; }
port_check() { link_check "$1"; }
port_target() { KV_TARGET=''; }
port_present() { [ -e "/sys/class/net/$1/master" ]; }
port_observe() {
  port_present "$1" || return 1
  kvp_found "$1" > "$KV_O.found"
  kv_compare "$2" "$KV_O.found"
}
port_stage() {
  local word value
  while read -r word value; do
    case $word in
      master) link_check "$value" ;;
      up) [ -z "$value" ] ;;
      *) false ;;
    esac || { printf 'not understood: %s %s\n' "$word" "$value" >&2; return 1; }
  done < "$2"
}
port_save() { ! port_present "$1" || kvp_found "$1" > "$2.text"; }
port_apply() {
  local word value
  kvp_want "$2"
  kvp_master "$1"
  set -- "$1" "$2"
  [ "$KVP_MASTER" = "$KVP_WANT" ] || ip link set dev "$1" master "$KVP_WANT" || return
  while read -r word value; do
    [ "$word" != up ] || kvl_is_up "$1" || ip link set dev "$1" up || return
  done < "$2"
}
# Somebody else may have moved it since.
port_remove() {
  kvp_want "$2"
  kvp_master "$1"
  [ -z "$KVP_MASTER" ] || [ "$KVP_MASTER" != "$KVP_WANT" ] || ip link set dev "$1" nomaster
}
port_undo() {
  if [ -n "$KV_BOOT" ] || [ ! -e "/sys/class/net/$1" ]; then return 0; fi
  if [ -f "$2.text" ]; then port_apply "$1" "$2.text" "$3"; else port_remove "$1" "$3"; fi
}
port_resume() { :; }
port_touch() { :; }
port_settle() { :; }
port_cuts() {
  kv_on_path "$1" && return
  kvp_master "$1"
  [ -n "$KVP_MASTER" ] && kv_on_path "$KVP_MASTER"
}
