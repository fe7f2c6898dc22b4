# notify.sh: kinds `notify NAME` and `forewarn NAME`: only the triggers of unit.sh, of a unit that is not ours.

# A notify has no owner: each resource that puts files before such a unit has an entry of its own. `UNIT#WORD` is UNIT too.
notify_tracked() { return 1; }
notify_check() { unit_check "${1%%#*}"; }
notify_target() { KV_TARGET=''; }
notify_present() { return 1; }
# There is nothing to see but that the unit was asked, as long as that is noted (by whomever: a query says not who asks).
notify_observe() {
  set -- "$2" "$KV_LIB/objects/$KV_ENC~"*
  [ "$KV_MODE" = tx ] || [ -e "$KV_ENTRY/key" ] || [ -e "$2" ] || return 1
  cat "$1"
}
notify_stage() { unit_stage "$@"; }
notify_save() { :; }
notify_apply() { notify_touch "$1" "$2"; }
# Drops come first, and the files go after it: asked again in notify_settle.
notify_remove() {
  cp "$2" "$KV_O.last"
  printf '%s\t%s\t%s\n' "$KV_ENC" "$KV_O.last" "$1" >> "$KV_W/notify"
}
notify_undo() { :; }
# The files are as they were: so shall the unit see them. At boot it has not read them yet. Where some could not be put back (nobody
# may write), it keeps what it knows: by half of the files networkd has an address on two links, and the host is lost.
notify_resume() {
  [ -z "$KV_BOOT$KV_HALF" ] || return 0
  cat "$KV_OLD" "$KV_O.text" > "$KV_W/notify.resume" 2> /dev/null
  notify_touch "$1" "$KV_W/notify.resume"
}
notify_touch() {
  set -- "${1%%#*}" "$2"
  kvu_triggered "$KV_ENC" "$2"
  [ -n "$KVU_TRIGGER" ] || return 0
  kvu_mark "$KV_ENC"
  if [ "$1" = systemd-networkd.service ]; then
    # A reload of the unit is not the same in all versions.
    kvu_systemctl is-active -q "$1" || return 0
    networkctl reload 9>&- || return
    kvu_reconfigure
    kvl_again || return
    kv_note "reloaded $1"
  else
    kvu_state "$1"
    [ "$KVU_ACTIVE" = active ] || return 0
    [ "$1" != NetworkManager.service ] || kvg_spare
    "kvu_$KVU_TRIGGER" "$1"
  fi
}
# networkd does not always see that a link which it reads another file for must be configured anew.
kvu_reconfigure() {
  local name batch
  [ -f "$KV_W/readdressed" ] || return 0
  sort -u "$KV_W/readdressed" > "$KV_W/readdressed.links" || return
  while IFS=$KV_TAB read -r name batch <&4; do networkctl reconfigure "$name" 9>&- || :; done 4< "$KV_W/readdressed.links"
  while IFS=$KV_TAB read -r name batch <&4; do
    # networkd 257 may lose sight of an IPv6 network that moved from link to link, and then waits for ever before it sets a route by a
    # gateway in it.
    kvu_configured "$name" ||
      sed -n '/^route .* proto \(boot\|static\)$/p' "$batch" | ip -force -batch - 2> /dev/null || :
  done 4< "$KV_W/readdressed.links"
  rm -f "$KV_W/readdressed" "$KV_W/readdressed.links"
}
# kvu_configured LINK: networkd comes to the end of what it does with the link, within 3 s. A lease may never come.
kvu_configured() {
  local tries=0 state="/run/systemd/netif/links/$(kvl_index "$1")"
  while [ -f "$state" ] && ! grep -q '^ADMIN_STATE=\(configured\|unmanaged\|failed\)' "$state"; do
    [ "$tries" -lt 15 ] || return 1
    tries=$((tries + 1))
    sleep 0.2 2> /dev/null || sleep 1
  done
}
notify_cuts() { false; }
notify_settle() {
  local enc text name
  [ -f "$KV_W/notify" ] || return 0
  while IFS=$KV_TAB read -r enc text name <&3; do
    KV_ENC=$enc
    # The unit may be on its way out with its owner.
    notify_touch "$name" "$text" || :
  done 3< "$KV_W/notify"
  rm -f "$KV_W/notify"
}

# A forewarn is a notify that comes before links: who is to leave one alone must know it first.
forewarn_tracked() { return 1; }
forewarn_check() { notify_check "$1"; }
forewarn_target() { notify_target; }
forewarn_present() { return 1; }
forewarn_observe() { notify_observe "$1" "$2"; }
forewarn_stage() { notify_stage "$1" "$2"; }
forewarn_save() { :; }
forewarn_apply() { notify_apply "$1" "$2"; }
forewarn_remove() { notify_remove "$1" "$2"; }
forewarn_undo() { :; }
forewarn_resume() { notify_resume "$1"; }
forewarn_touch() { notify_touch "$1" "$2"; }
forewarn_settle() { :; }
forewarn_cuts() { false; }
