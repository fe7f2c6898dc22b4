# firewalld.sh: kind `firewalld LINK`: the zone that an interface is in, now and for good (firewall-cmd(1)). Text: `zone NAME`.

kvz_cmd() { firewall-cmd "$@" 9>&-; }
# Sets KVZ_NOW and KVZ_KEPT: the zone in the running firewall, and the one that it has after a reload; empty: the default one.
kvz_zones() {
  KVZ_NOW=$(kvz_cmd --get-zone-of-interface="$1" 2> /dev/null)
  KVZ_KEPT=$(kvz_cmd --permanent --get-zone-of-interface="$1" 2> /dev/null)
}
# It writes a zone out to change it; with nothing in it that is not shipped, the file shall go again.
kvz_as_shipped() { cmp -s "/etc/firewalld/zones/$1.xml" "/usr/lib/firewalld/zones/$1.xml"; }
# kvz_put LINK ZONE: no zone is the default one's.
kvz_put() {
  if [ -n "$KV_BOOT" ] || ! kvz_running; then
    # It is started later, if at all, and reads its files then.
    ! grep -qsF "<interface name=\"$1\"/>" /etc/firewalld/zones/trusted.xml ||
      firewall-offline-cmd --remove-interface="$1" --zone=trusted > /dev/null 9>&- || return
    if [ -n "$2" ]; then
      firewall-offline-cmd --add-interface="$1" --zone="$2" > /dev/null 9>&- || return
    elif kvz_as_shipped trusted; then
      # What --load-zone-defaults does; offline it writes out the default zone, too (firewalld 1.3).
      rm -f /etc/firewalld/zones/trusted.xml || return
    fi
  else
    kvz_zones "$1"
    if [ -n "$2" ]; then
      [ "$KVZ_KEPT" = "$2" ] || kvz_cmd -q --permanent --zone="$2" --change-interface="$1" || return
      [ "$KVZ_NOW" = "$2" ] || kvz_cmd -q --zone="$2" --change-interface="$1" || return
    else
      [ -z "$KVZ_KEPT" ] || kvz_cmd -q --permanent --zone="$KVZ_KEPT" --remove-interface="$1" || return
      [ -z "$KVZ_KEPT" ] || ! kvz_as_shipped "$KVZ_KEPT" ||
        kvz_cmd -q --permanent --load-zone-defaults="$KVZ_KEPT" || return
      [ -z "$KVZ_NOW" ] || kvz_cmd -q --zone="$KVZ_NOW" --remove-interface="$1" || return
    fi
  fi
  kv_sync /etc/firewalld/zones/*.xml /etc/firewalld/zones
}
kvz_absent() { ! command -v firewall-offline-cmd > /dev/null; }
kvz_running() { kvz_cmd -q --state 2> /dev/null; }

firewalld_tracked() { :; }
firewalld_check() { link_check "$1"; }
firewalld_target() { KV_TARGET=''; }
firewalld_present() {
  kvz_running || return
  kvz_zones "$1"
  [ -n "$KVZ_KEPT" ]
}
firewalld_observe() {
  kvz_running || return
  kvz_zones "$1"
  [ -n "$KVZ_KEPT$KVZ_NOW" ] || return
  # Both, or it is not what is wanted: one shows now, the other after a reload.
  if [ "$KVZ_KEPT" = "$KVZ_NOW" ]; then printf 'zone %s\n' "$KVZ_NOW"; else printf 'zone %s, %s after a reload\n' "${KVZ_NOW:-none}" "${KVZ_KEPT:-none}"; fi > "$KV_O.found"
  kv_compare "$2" "$KV_O.found"
}
firewalld_stage() {
  kvz_running || { echo 'firewalld is not running' >&2; return 1; }
  [ "$(cat "$2")" = 'zone trusted' ] || { echo 'only "zone trusted" is understood' >&2; return 1; }
}
firewalld_save() { ! firewalld_present "$1" || printf '%s\n' "$KVZ_KEPT" > "$2.zone"; }
firewalld_apply() { kvz_put "$1" trusted; }
firewalld_remove() { kvz_absent || kvz_put "$1" ''; }
firewalld_undo() {
  kv_line "$2.zone"
  ! kvz_absent || return 0
  kvz_put "$1" "$KV_LINE"
}
firewalld_resume() { :; }
firewalld_touch() { :; }
firewalld_settle() { :; }
firewalld_cuts() { false; }
