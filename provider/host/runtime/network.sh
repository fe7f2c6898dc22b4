# network.sh: kind `network NAME`: a network of libvirt's. Text: `active yes|no`, `autostart yes|no`, and where we define it the
# `<network>` element as virsh prints it, one element a line, of what we set only: libvirt adds a UUID. Of one that keeps
# its definition, a part of it (network-forwarders.sh).

kvw_virsh() { virsh -q -c network:///system "$@" 9>&-; }
# Reads a network into KVW_ACTIVE and KVW_AUTOSTART (yes or no, '' when there is none), KVW_STORED and KVW_BRIDGE.
kvw_state() {
  local line
  KVW_ACTIVE='' KVW_AUTOSTART='' KVW_STORED='' KVW_BRIDGE=''
  kvw_virsh net-info --network "$1" > "$KV_W/network" 2> "$KV_W/network.err" || return
  while read -r line; do
    case $line in
      Active:*) KVW_ACTIVE=${line##* } ;;
      Autostart:*) KVW_AUTOSTART=${line##* } ;;
      Persistent:*yes) KVW_STORED=1 ;;
      Bridge:*) KVW_BRIDGE=${line##* } ;;
    esac
  done < "$KV_W/network"
}
kvw_gone() { kvw_virsh net-list --all --name > "$KV_W/networks" 2> /dev/null && ! grep -Fqx -- "$1" "$KV_W/networks"; }
# The same, of a network that may be missing: one that could not be asked for is not missing.
kvw_sure() {
  kvw_state "$1" || kvw_gone "$1" || {
    cat "$KV_W/network.err" >&2
    return 1
  }
}
# kvw_xml NAME [--inactive]: prints the definition that is in use, or the stored one.
kvw_xml() {
  kvw_virsh net-dumpxml --network "$@" > "$KV_W/network.xml" || return
  sed "1s/ connections='[0-9]*'//" "$KV_W/network.xml"
}
# Prints the names of the running domains that are on it, in one line: libvirt has a port for each of their NICs.
kvw_users() {
  local port
  kvw_virsh net-port-list --network "$1" > "$KV_W/ports" || return
  while read -r port; do
    [ -z "$port" ] || kvw_virsh net-port-dumpxml --network "$1" --port "$port"
  done < "$KV_W/ports" | sed -n '/<owner>/,/<\/owner>/s/^ *<name>\(.*\)<\/name>$/\1/p' | sort -u |
    awk '{ all = all (NR > 1 ? ", " : "") $0 } END { if (NR) print all }'
}
# Sets KVW_ON and KVW_AUTO from a text, keeps its XML in $KV_O.xml, and says in KVW_PART whether that is a part of a definition.
kvw_want() {
  { read -r _ KVW_ON; read -r _ KVW_AUTO; } < "$1"
  sed 1,2d "$1" > "$KV_O.xml"
  ! sed -n 3p "$1" | grep -q "$KVW_FORWARDER" && KVW_PART='' || KVW_PART=1
}
# libvirt keeps definitions in files: their directories are to be made durable with the rest.
kvw_stored() {
  kv_changed /etc/libvirt/qemu/networks/.
  kv_changed /etc/libvirt/qemu/networks/autostart/.
}

network_tracked() { :; }
network_check() { case $1 in '' | -* | */*) return 1 ;; esac; }
network_target() { KV_TARGET=''; }
network_present() { kvw_state "$1"; }
network_observe() {
  command -v virsh > /dev/null || return 1
  kvw_sure "$1" || return 2
  [ -n "$KVW_ACTIVE" ] || return 1
  kvw_xml "$1" --inactive > "$KV_O.stored" || return 2
  # What is stored and what is in use may be two things.
  if [ "$KVW_ACTIVE" = yes ]; then kvw_xml "$1" > "$KV_O.used" || return 2; else cp "$KV_O.stored" "$KV_O.used"; fi
  {
    printf 'active %s\nautostart %s\n' "$KVW_ACTIVE" "$KVW_AUTOSTART"
    grep -Fxf "$KV_O.stored" "$KV_O.used"
  } > "$KV_O.found"
  if grep -q "$KVW_FORWARDER" "$2"; then kvw_compare "$2"; else kv_compare "$2" "$KV_O.found"; fi
}
network_stage() {
  kvw_sure "$1" || return
  kvw_want "$2"
  case $KVW_ON/$KVW_AUTO in yes/yes | yes/no | no/yes | no/no) ;; *) echo "not understood: $(sed 2q "$2")" >&2; return 1 ;; esac
  if [ -n "$KVW_ACTIVE" ] && [ -z "$KVW_STORED" ]; then
    echo 'libvirt has no stored definition of it, and would forget it once it is stopped' >&2
    return 1
  fi
  [ -s "$KV_O.xml" ] || return 0
  if [ -n "$KVW_PART" ]; then
    ! grep -v "$KVW_FORWARDER[^<>]*/>\$" "$KV_O.xml" >&2
    return
  fi
  [ "$(sed -n 1p "$KV_O.xml")" = '<network>' ] && [ "$(sed -n '$p' "$KV_O.xml")" = '</network>' ] &&
    [ "$(grep -c '^ *</*network' "$KV_O.xml")" = 2 ] || { echo 'not a network element' >&2; return 1; }
}
network_save() {
  kvw_sure "$1" || return
  [ -n "$KVW_ACTIVE" ] || return 0
  { printf 'active %s\nautostart %s\n' "$KVW_ACTIVE" "$KVW_AUTOSTART" && kvw_xml "$1" --inactive; } > "$2.text"
}
# kvw_stop NAME: not under running guests: they would stay cut off until they are started again.
kvw_stop() {
  local users
  users=$(kvw_users "$1") || return
  if [ -n "$users" ]; then
    printf 'in use by running domains: %s\n' "$users" >&2
    return 1
  fi
  kvw_virsh net-destroy --network "$1" > /dev/null
}
# kvw_holds XML: is it what $KV_O.xml asks for. One forwarder more is one that is asked, too.
kvw_holds() {
  [ -s "$KV_O.xml" ] || [ -n "$KVW_PART" ] || return 0
  { [ -n "$KVW_PART" ] || kv_holds "$KV_O.xml" "$1" > /dev/null; } && kvw_forwards "$1"
}
# Stores the XML of $KV_O.xml, if it is not stored yet, under the UUID that the network has.
kvw_define() {
  [ -s "$KV_O.xml" ] || [ -n "$KVW_PART" ] || return 0
  kv_empty "$KV_O.stored" || return
  [ -z "$KVW_STORED" ] || kvw_xml "$1" --inactive > "$KV_O.stored" || return
  ! kvw_holds "$KV_O.stored" || return 0
  if [ -n "$KVW_PART" ]; then
    kvw_forwarding "$KV_O.stored"
  elif grep -q '^  <uuid>' "$KV_O.xml"; then
    cat "$KV_O.xml"
  else
    awk -v uuid="$(grep '^  <uuid>' "$KV_O.stored")" '{ print } /^  <name>/ && uuid != "" { print uuid }' "$KV_O.xml"
  fi > "$KV_O.define"
  kvw_virsh net-define --file "$KV_O.define" > /dev/null
}
# kvw_run NAME: has it run, or not, as $KV_O.xml and KVW_ON want it.
kvw_run() {
  if [ "$KVW_ACTIVE" = yes ]; then
    kvw_xml "$1" > "$KV_O.used" || return
    if [ "$KVW_ON" = yes ] && kvw_holds "$KV_O.used"; then return; fi
    kvw_stop "$1" || return
  fi
  [ "$KVW_ON" = no ] || kvw_virsh net-start --network "$1" > /dev/null
}
kvw_autostart() {
  local option=''
  [ "$2" = yes ] || option=--disable
  # shellcheck disable=SC2086
  [ "$KVW_AUTOSTART" = "$2" ] || kvw_virsh net-autostart --network "$1" $option > /dev/null
}
network_apply() {
  kvw_sure "$1" || return
  kvw_want "$2"
  kvw_back "$3"
  kvw_stored
  # Autostart is a file: what is put back runs again also where none can be written.
  kvw_define "$1" && kvw_state "$1" && kvw_run "$1" && kvw_autostart "$1" "$KVW_AUTO"
}
network_remove() {
  command -v virsh > /dev/null || return 0
  kvw_sure "$1" || return
  [ -n "$KVW_ACTIVE" ] || return 0
  kvw_stored
  # By itself, and first: `net-undefine` that may not write forgets the autostart and leaves its link, over which
  # `net-autostart` then stumbles until libvirt is started again.
  [ -z "$KVW_STORED" ] || kvw_autostart "$1" no || return
  if [ "$KVW_ACTIVE" = yes ]; then kvw_stop "$1" || return; fi
  [ -z "$KVW_STORED" ] || kvw_virsh net-undefine --network "$1" > /dev/null
}
network_undo() {
  # libvirt comes later in the boot: left for the next request.
  [ -z "$KV_BOOT" ] || return 1
  [ -f "$2.text" ] || { network_remove "$1"; return; }
  command -v virsh > /dev/null || { kv_note "libvirt is gone: its network $1 is not given back what it had"; return 0; }
  cp "$2.text" "$KV_O.before" && kvw_sure "$1" || return
  # A definition that is as it was is no reason to stop the network: guests may be on it.
  if [ -n "$KVW_STORED" ] && kvw_xml "$1" --inactive > "$KV_O.now" && sed 1,2d "$2.text" | cmp -s - "$KV_O.now"; then
    sed 2q "$2.text" > "$KV_O.before"
  fi
  # It says all that there was: there is nothing to go back to.
  network_apply "$1" "$KV_O.before" /dev/null
}
network_resume() { :; }
network_touch() { :; }
network_settle() { :; }
# The client may be one of its guests, or come through one. A network on a bridge that is not libvirt's own cuts nobody off.
network_cuts() {
  kvw_state "$1" && [ -n "$KVW_BRIDGE" ] && kv_on_path "$KVW_BRIDGE" && ! kvw_xml "$1" | grep -q "^  <forward mode='bridge'/>"
}
