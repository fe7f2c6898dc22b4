# ifupdown.sh: kind `ifupdown LINK`: Debian's ifup(8) has LINK up under another definition than its own, and a bridge with it. Text:
# `as LOGICAL`, `with BRIDGE`. The definition is a file's matter (interfaces(5)): with it there, `ifup LINK` brings up both; with
# it gone, LINK alone, as the host's own files say.

# DHCP clients' notes of what they lease, `@` for the interface; the names of pid files too.
KVI_LEASES='/var/lib/dhcp/dhclient.@.leases /var/lib/dhcp/dhclient6.@.leases /var/lib/dhcpcd/@.lease /var/lib/dhcpcd/@.lease6'
KVI_CLIENTS='dhclient:/run/dhclient.@.pid dhclient:/run/dhclient6.@.pid dhcpcd:/run/dhcpcd/@.pid'

# Prints the definition under which a link is up.
kvi_state() { ifquery --state "$1" 2> /dev/null | sed -n 's/^[^=]*=//p'; }

# kvi_run PROGRAM…: a DHCP client that it starts outlives us: it must not go with the unit that undoes, nor hold the lock.
kvi_run() {
  if [ -d /run/systemd/system ] && command -v systemd-run > /dev/null; then
    set -- systemd-run --quiet --collect --scope -- "$@"
  fi
  "$@" < /dev/null > "$KV_W/ifupdown" 2>&1 9>&-
}

# kvi_down LINK: takes it and its bridge down. A lease is not given back: whichever of the two is up next goes on with it.
kvi_down() {
  local link lease path
  # Without room for it a client asks anew: no reason to stop.
  mkdir -p "$KV_RUN/leases/$1" || :
  for link in "$1" "$KVH_WITH"; do
    kvi_stop_clients "$link"
    for lease in $KVI_LEASES; do
      path=${lease%@*}$link${lease#*@}
      [ -s "$path" ] || continue
      lease=$KV_RUN/leases/$1/${lease##*/}
      if [ -e "$lease" ] && [ "$lease" -nt "$path" ]; then rm -f "$path"; else mv -f "$path" "$lease" || :; fi
    done
  done
  kvi_run ifdown --ignore-errors "$1" "$KVH_WITH" || :
  # What comes back next may be addresses and routes, before ifup is asked: they need it up.
  ! link_present "$1" || ip link set dev "$1" up
}
kvi_stop_clients() {
  local client path tries=0
  for client in $KVI_CLIENTS; do
    path=${client#*:}
    path=${path%@*}$1${path#*@}
    kv_line "$path"
    case $KV_LINE in '' | *[!0-9]*) continue ;; esac
    [ "$(cat "/proc/$KV_LINE/comm" 2> /dev/null)" = "${client%%:*}" ] || continue
    # dhcpcd gives a lease back when it is told to end, unless told so.
    case $client in dhcpcd:*) dhcpcd -x "$1" > /dev/null 2>&1 9>&- || : ;; *) kill "$KV_LINE" ;; esac
    while [ -e "/proc/$KV_LINE" ] && [ "$tries" -lt 20 ]; do
      tries=$((tries + 1))
      sleep 0.1 2> /dev/null || sleep 1
    done
    rm -f "$path"
  done
}
# kvi_up LINK [OPTION]: brings it up as the files say by now.
kvi_up() {
  local link=$1 other=$KVH_WITH lease path
  # ifupdown's note of a bridge that is down, and may be gone for good.
  [ -n "$(kvi_state "$other")" ] || rm -f "/run/network/ifstate.$other"
  if grep -qs "^iface $KVH_AS " /etc/network/interfaces.d/*; then
    link=$KVH_WITH other=$1
    # It has been addressed already; ifup adds what it adds itself.
    [ -n "${2:-}" ] || ! link_present "$link" || ip addr flush dev "$link" scope global || return
  fi
  for lease in $KVI_LEASES; do
    rm -f "${lease%@*}$other${lease#*@}"
    path=$KV_RUN/leases/$1/${lease##*/}
    [ -e "$path" ] || continue
    case $lease in */dhclient*) sed -i "s/^\( *interface \)\"[^\"]*\";/\1\"$link\";/" "$path" || continue ;; esac
    mv -f "$path" "${lease%@*}$link${lease#*@}" || :
  done
  rm -rf "$KV_RUN/leases/$1"
  if ! kvi_run ifup ${2:+"$2"} "$1"; then
    tail -n 5 "$KV_W/ifupdown" >&2
    return 1
  fi
  # What the definition calls for the bridge ignores no error, so where it was addressed already ifupdown has it as down.
  [ -z "${2:-}" ] || [ "$link" = "$1" ] || [ -n "$(kvi_state "$link")" ] || kvi_run ifup "$2" --no-mappings "$link=$1"
}

ifupdown_tracked() { :; }
ifupdown_check() { link_check "$1"; }
ifupdown_target() { KV_TARGET=''; }
# Somebody has it up under some definition: that is what is changed, and comes back.
ifupdown_present() { return 1; }
ifupdown_observe() {
  local state
  kvh_read "$2"
  state=$(kvi_state "$1")
  [ -n "$state" ] || return 1
  {
    printf 'as %s\n' "$state"
    [ -z "$(kvi_state "$KVH_WITH")" ] || ! link_present "$KVH_WITH" || printf 'with %s\n' "$KVH_WITH"
  } > "$KV_O.found"
  kv_compare "$2" "$KV_O.found"
}
ifupdown_stage() { kvh_stage "$2"; }
ifupdown_save() { [ ! -f "$KV_OLD" ] || cp "$KV_OLD" "$2.text"; }
ifupdown_apply() {
  kvh_read "$2"
  kvi_down "$1" && kvi_up "$1"
}
# Its files go after it: brought up again in ifupdown_settle.
ifupdown_remove() {
  kvh_read "$2"
  kvi_down "$1" || return
  printf '%s %s %s\n' "$1" "$KVH_AS" "$KVH_WITH" >> "$KV_M.ifupdown"
}
ifupdown_settle() {
  local name
  [ -f "$KV_M.ifupdown" ] || return 0
  # Its addresses are there already, so not all that ifup does succeeds.
  while read -r name KVH_AS KVH_WITH <&4; do kvi_up "$name" --ignore-errors || return; done 4< "$KV_M.ifupdown"
  rm -f "$KV_M.ifupdown"
}
ifupdown_undo() {
  [ -z "$KV_BOOT" ] && [ -e "/sys/class/net/$1" ] || return 0
  kvh_either "$3" "$2"
  kvi_down "$1"
}
ifupdown_resume() {
  [ -z "$KV_BOOT" ] && [ -e "/sys/class/net/$1" ] || return 0
  kvh_either "$KV_O.text" "$2"
  kvi_up "$1" --ignore-errors
}
ifupdown_touch() { :; }
ifupdown_cuts() { kv_on_path "$1"; }
