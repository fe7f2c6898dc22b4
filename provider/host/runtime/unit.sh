# unit.sh: kind `unit NAME`: a systemd unit of ours. Text: `enabled`, `active`, `restart on PATH`, `reload on PATH` (a path
# that ends in / means any file below it). Or `disabled`, `inactive`: somebody else's, that one of ours stands in for.

KVU_WORDS='enabled|disabled|active|inactive|(restart|reload) on /.*'
kvu_systemctl() { systemctl "$@" 9>&-; }
# Reads a unit's state into KVU_LOAD, KVU_ACTIVE, KVU_ENABLED. Whether it is enabled is a link (systemctl(1), enable): what
# the manager says of that is of when it last read its files.
kvu_state() {
  local line link
  KVU_LOAD='' KVU_ACTIVE='' KVU_ENABLED=''
  kvu_systemctl show -p LoadState -p ActiveState -- "$1" > "$KV_W/unit" 2> "$KV_W/unit.err"
  while IFS= read -r line; do
    case $line in
      LoadState=*) KVU_LOAD=${line#*=} ;;
      ActiveState=*) KVU_ACTIVE=${line#*=} ;;
    esac
  done < "$KV_W/unit"
  for link in "/etc/systemd/system/"*.wants/"$1" "/etc/systemd/system/"*.requires/"$1"; do
    [ ! -L "$link" ] || KVU_ENABLED=enabled
  done
}
kvu_wants() { grep -qx "$1" "$2" 2> /dev/null; }

# kvu_mark NAME: from now on, only what changes next triggers the unit.
kvu_mark() { KVU_COUNT=$(grep -c '' "$KV_W/changed"); printf '%s\n' "$KVU_COUNT" > "$KV_W/mark.$1"; }
# kvu_triggered NAME TEXT: sets KVU_TRIGGER to restart, reload or nothing, by what changed since the mark.
kvu_triggered() {
  local seen=0
  [ ! -f "$KV_W/mark.$1" ] || read -r seen < "$KV_W/mark.$1"
  KVU_TRIGGER=$(awk -v seen="$seen" -v text="$2" '
    BEGIN {
      while ((getline line < text) > 0)
        if (line ~ /^(restart|reload) on /) { verb[++n] = substr(line, 1, index(line, " ") - 1); path[n] = substr(line, length(verb[n]) + 5) }
    }
    NR > seen { for (i = 1; i <= n; i++) if ($0 == path[i] || (path[i] ~ /\/$/ && index($0, path[i]) == 1)) hit[verb[i]] = 1 }
    END { print hit["restart"] ? "restart" : hit["reload"] ? "reload" : "" }' "$KV_W/changed")
}

# kvu_reload_manager [FORCE]: the manager reads all unit files of the host again, which takes it seconds on a slow one: only
# when one changed since it last did, or it is told to.
kvu_reload_manager() {
  local seen=0
  [ ! -f "$KV_W/mark.manager" ] || read -r seen < "$KV_W/mark.manager"
  awk -v seen="$seen" 'NR > seen && /^\/(etc|run|usr\/lib)\/systemd\/system\// { any = 1 } END { exit !any }' "$KV_W/changed" || [ -n "${1:-}" ] || return 0
  kvu_mark manager
  kvu_systemctl daemon-reload
}
# At the end of a request: units whose files were removed leave the manager.
unit_finish() { [ ! -d /run/systemd/system ] || kvu_reload_manager || :; }

# Of a unit that waits to be started again, the manager shows only what was logged since it waits: not why it failed.
kvu_explain() {
  kvu_systemctl status --no-pager --full --lines=0 -- "$1" >&2
  journalctl --no-pager -q -b -o cat -n 10 -u "$1" 9>&- >&2
}
# Waits for a unit that is on its way. One that daemonizes badly dies at once: look again.
kvu_settled() {
  local tries=0
  sleep 0.3 2> /dev/null || sleep 1
  kvu_state "$1"
  while [ "$tries" -lt 10 ]; do
    case $KVU_ACTIVE in activating | reloading | deactivating) ;; *) break ;; esac
    sleep 0.5 2> /dev/null || sleep 1
    tries=$((tries + 1))
    kvu_state "$1"
  done
  [ "$KVU_ACTIVE" = active ] || { kvu_explain "$1"; return 1; }
}

unit_tracked() { :; }
unit_check() {
  case $1 in
    -* | *[!A-Za-z0-9:_.\\@-]*) return 1 ;;
    ?*.service | ?*.timer | ?*.target | ?*.socket | ?*.path) ;;
    *) return 1 ;;
  esac
}
unit_target() { KV_TARGET=''; }
unit_present() {
  kvu_state "$1"
  case $KVU_ACTIVE/$KVU_ENABLED in active/* | activating/* | */enabled) return 0 ;; esac
  return 1
}
unit_observe() {
  kvu_state "$1"
  # The manager has a state for each name, of what it does not know too.
  [ -n "$KVU_LOAD" ] || { cat "$KV_W/unit.err" >&2; return 2; }
  # One that is to be at rest is at rest when it is gone.
  kvu_wants inactive "$2" || case $KVU_LOAD/$KVU_ACTIVE in not-found/inactive | not-found/failed) return 1 ;; esac
  {
    case $KVU_ENABLED in enabled) echo enabled ;; *) echo disabled ;; esac
    case $KVU_ACTIVE in active) echo active ;; inactive | failed) echo inactive ;; esac
    # Triggers are what we do, not what the host has.
    grep -E '^(restart|reload) on ' "$2"
  } > "$KV_O.found"
  kv_compare "$2" "$KV_O.found"
  ! grep -qx active "$2" || [ "$KVU_ACTIVE" = active ] || printf '# found: %s\n' "$KVU_ACTIVE"
}
unit_stage() {
  ! grep -Evqx "$KVU_WORDS" "$2" || { echo "not understood: $(grep -Evx "$KVU_WORDS" "$2")" >&2; return 1; }
  [ -d /run/systemd/system ] || { echo 'systemd is not running' >&2; return 1; }
}
unit_save() {
  kvu_state "$1"
  case $KVU_ENABLED in enabled) echo enabled ;; esac > "$2.text"
  case $KVU_ACTIVE in active | activating | reloading) echo active ;; esac >> "$2.text"
  # Its triggers, to restart it with its files put back.
  [ ! -f "$KV_OLD" ] || grep -E '^(restart|reload) on ' "$KV_OLD" >> "$2.text" || :
}
# kvu_enable NAME TEXT OLD: enables or disables a unit, and has the manager read that together with its files.
kvu_enable() {
  local verb=''
  kvu_state "$1"
  if kvu_wants enabled "$2"; then
    [ "$KVU_ENABLED" = enabled ] || verb=enable
  elif kvu_wants enabled "$3" || { kvu_wants disabled "$2" && [ "$KVU_ENABLED" = enabled ]; }; then
    verb=disable
  fi
  [ -z "$verb" ] || kvu_systemctl "$verb" -q --no-reload -- "$1" || return
  kvu_reload_manager "$verb"
}
unit_apply() {
  kvu_enable "$1" "$2" "$3" || return
  if ! kvu_wants active "$2"; then
    if kvu_wants active "$3" || { kvu_wants inactive "$2" && [ "$KVU_ACTIVE" != inactive ]; }; then
      kvu_systemctl stop -- "$1" || return
    fi
  elif [ "$KVU_ACTIVE" != active ]; then
    # A failed unit may have used up its starts.
    [ "$KVU_ACTIVE" != failed ] || kvu_systemctl reset-failed -- "$1"
    kvu_mark "$KV_ENC"
    kvu_systemctl start -- "$1" 2> /dev/null || { kvu_explain "$1"; return 1; }
    kvu_settled "$1"
  else
    kvu_fire "$1" "$2"
  fi
}
# Restarts or reloads a running unit whose files changed.
kvu_fire() {
  kvu_triggered "$KV_ENC" "$2"
  kvu_mark "$KV_ENC"
  [ -z "$KVU_TRIGGER" ] || "kvu_$KVU_TRIGGER" "$1"
}
kvu_restart() {
  kvu_systemctl restart -- "$1" 2> /dev/null || { kvu_explain "$1"; return 1; }
  kv_note "restarted $1"
  kvu_settled "$1"
}
# A unit that cannot take the change in while it runs says so by a reload that fails: a restart is for that.
kvu_reload() {
  kvu_systemctl reload -- "$1" 2> /dev/null || { kvu_restart "$1"; return; }
  kv_note "reloaded $1"
}
unit_remove() {
  [ -d /run/systemd/system ] || return 0
  kvu_state "$1"
  case $KVU_LOAD/$KVU_ACTIVE in not-found/inactive) return 0 ;; esac
  # The manager reads its files again when this one is gone too (unit_finish).
  kvu_systemctl disable -q --no-reload --now -- "$1" 2> /dev/null || kvu_systemctl stop -- "$1" || return
  # Else it stays listed as failed after its file is gone.
  kvu_systemctl reset-failed -- "$1" 2> /dev/null || :
  ! unit_present "$1"
}
unit_undo() {
  # What ran before comes back in unit_resume, when its files are back.
  [ -s "$2.text" ] || unit_remove "$1"
}
unit_resume() {
  [ -s "$2.text" ] || return 0
  if [ -z "$KV_BOOT" ]; then
    printf 'enabled\nactive\n' > "$KV_W/both"
    unit_apply "$1" "$2.text" "$KV_W/both"
  else
    # The boot is under way and has read the units: join it, and do not wait for what comes later.
    kvu_enable "$1" "$2.text" /dev/null || return
    ! kvu_wants active "$2.text" || kvu_systemctl start --no-block -- "$1"
  fi
}
unit_touch() {
  kvu_triggered "$KV_ENC" "$2"
  [ -n "$KVU_TRIGGER" ] || return 0
  kvu_reload_manager || return
  kvu_state "$1"
  [ "$KVU_ACTIVE" != active ] || kvu_fire "$1" "$2"
}
unit_settle() { :; }
unit_cuts() { false; }
