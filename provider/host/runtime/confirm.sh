# confirm.sh: a change that can cut the client's own path to this host is pending until the client confirms it over another
# connection. Until then its journals stay, and a timer, armed before the first change, undoes them; so does a boot. One
# request at a time may be pending on a host. $KV_RUN/pending holds, one a line: the request's id, the process group of its
# runner, the connection it came over, the uptime (s) at which it is undone, its owner.

KV_CONFIRM_SECONDS=60      # when the member does not say

# Reads $KV_RUN/pending into KV_P_*; fails when nothing is pending.
kv_pending() {
  KV_P_ID='' KV_P_GROUP='' KV_P_SSH='' KV_P_UNTIL='' KV_P_OWNER=''
  [ -f "$KV_RUN/pending" ] || return 1
  { read -r KV_P_ID; read -r KV_P_GROUP; read -r KV_P_SSH; read -r KV_P_UNTIL; read -r KV_P_OWNER; } < "$KV_RUN/pending"
  [ -n "$KV_P_OWNER" ]
}
# Sets KV_UPTIME: seconds since boot, which no clock that is put right changes.
kv_uptime() {
  read -r KV_UPTIME _ < /proc/uptime
  KV_UPTIME=${KV_UPTIME%.*}
}

# The exclusive lock is held, and shall be with nothing of others pending. Waits a bounded time for a confirmation or a revert.
kv_unpend() {
  local tries=0
  while kv_pending; do
    kv_uptime
    # Its runner died before it had reported, or its timer was lost: whoever comes next does the work.
    if [ ! -e "$KV_RUN/tx/$KV_P_ID.report" ] || [ "$KV_UPTIME" -ge $((KV_P_UNTIL + 5)) ]; then
      kv_revert 2>> "$KV_W/undo.err"
      return
    fi
    [ "$KV_P_ID" != "$KV_ID" ] || return 0
    [ "$tries" -lt "${KVMNET_LOCK_SECONDS:-60}" ] || {
      printf '%s, which waits to be confirmed' "$KV_P_OWNER" > "$KV_RUN/holder"
      return 1
    }
    tries=$((tries + 1))
    flock -u 9
    sleep 1
    kv_lock -x || return
  done
}

# Sets KV_RISK if what the member is about to do can cut the client's path. Its resource may say so; else each kind looks.
kv_risky() {
  local seq action shared kind enc name
  while IFS=$KV_TAB read -r seq action shared kind enc name <&3; do
    case $action in
      new | put | adopt | drop)
        if [ "$KV_CONFIRM" != - ] || "${kind}_cuts" "$name" "$KV_M.$seq.text"; then
          KV_RISK=1
          return
        fi
        ;;
    esac
  done 3< "$KV_M.todo"
}

# Sets KV_PATH_PORT: the port that the client came in by, or empty.
kv_client_port() {
  KV_PATH_PORT=''
  case ${KVMNET_SSH:-} in *[!0-9A-Fa-f.:%\ ]*) ;; *) KV_PATH_PORT=${KVMNET_SSH##* } ;; esac
}
# Sets KV_PATH_LINKS too (` eth0 br0 `: the client's way in, and what that is a port of), once a request.
kv_client() {
  local link master
  [ -z "${KV_PATH_LINKS:-}" ] || return 0
  KV_PATH_LINKS=' '
  kv_client_port
  [ -n "$KV_PATH_PORT" ] || return 0
  for link in $(
    ip -o addr | awk -v ssh="$KVMNET_SSH" '
      BEGIN { split(ssh, w, " "); sub(/^::ffff:/, "", w[3]); sub(/%.*/, "", w[3]) }
      { split($4, address, "/"); if (address[1] == w[3]) print $2 }'
    ip -o route get "${KVMNET_SSH%% *}" 2> /dev/null | sed -n 's/.* dev \([^ ]*\).*/\1/p'
  ); do
    [ "$link" != lo ] || continue
    KV_PATH_LINKS="$KV_PATH_LINKS$link "
    [ ! -e "/sys/class/net/$link/master" ] || {
      master=$(readlink "/sys/class/net/$link/master")
      KV_PATH_LINKS="$KV_PATH_LINKS${master##*/} "
    }
  done
}
# kv_on_path LINK: does the client come in over it?
kv_on_path() {
  kv_client
  case $KV_PATH_LINKS in *" $1 "*) return 0 ;; esac
  return 1
}

# Arms the revert before the member's first change, once a request; a later and longer time does not move it.
kv_arm() {
  [ -z "$KV_PENDING" ] || return 0
  [ "$KV_CONFIRM" != - ] || KV_CONFIRM=$KV_CONFIRM_SECONDS
  kv_uptime
  KV_PENDING=$KV_CONFIRM
  printf '%s\n' "$KV_ID" "$$" "${KVMNET_SSH:--}" $((KV_UPTIME + KV_CONFIRM)) "$KV_OWNER" > "$KV_RUN/pending.new" &&
    mv -f "$KV_RUN/pending.new" "$KV_RUN/pending" || return
  # Room for the undo, should others fill the rest meanwhile.
  mkdir -p "$KV_RUN/revert" && kv_keep_room "$KV_RUN/revert" || return
  # Not a child of ours: it outlives this process, the connection and its session.
  if [ -d /run/systemd/system ] && command -v systemd-run > /dev/null; then
    kv_disarm
    systemd-run --quiet --collect --unit=kvmnet-revert --on-active="${KV_CONFIRM}s" --timer-property=AccuracySec=1s \
      /bin/sh "$KV_LIB/runtime.sh" revert "$KV_ID" 9>&-
  else
    setsid sh "$KV_LIB/runtime.sh" revert "$KV_ID" "$KV_CONFIRM" > /dev/null 2>&1 9>&- &
  fi
}
kv_end_pending() {
  rm -f "$KV_RUN/pending" "$KV_RUN/revert/room"
  kv_disarm
}
kv_disarm() {
  [ ! -d /run/systemd/system ] || systemctl stop kvmnet-revert.timer 2> /dev/null 9>&- || :
}

# The members of a pending request stay in their journals.
kv_journals() { printf '%s\n' "$KV_LIB/journal/$KV_P_ID".* | sort -t . -k 2 -n "$@"; }

# At the end of a request: nothing is left to confirm when every risky member failed and was undone.
kv_pend_end() {
  [ -n "$KV_PENDING" ] && kv_pending || return 0
  set -- "$KV_LIB/journal/$KV_ID".*
  [ ! -e "$1" ] || return 0
  kv_end_pending
}

# Member of a request of mode `confirm`: the client came back over another connection.
kv_member_confirm() {
  local id journal
  kv_line "$KV_M.pending"
  id=$KV_LINE
  if ! kv_pending || [ "$KV_P_ID" != "$id" ]; then
    kv_say ">member $KV_N failed reverted"
    kv_say ">about the plan"
    return
  fi
  if [ "$KV_P_SSH" = "${KVMNET_SSH:--}" ] && [ "$KV_P_SSH" != - ]; then
    kv_say ">member $KV_N failed unmet"
    kv_say ">about the plan"
    echo 'it must be confirmed over a new connection' > "$KV_M.detail"
    kv_text "$KV_M.detail"
    return
  fi
  for journal in $(kv_journals); do
    # `state` goes first: without it a rest of a journal is only removed. With it, all would be undone in the end.
    rm -rf "$journal/state" "$journal" 2>> "$KV_M.detail" || [ ! -e "$journal/state" ] || {
      kv_say ">member $KV_N failed apply-failed"
      kv_say ">about $KV_LIB/journal"
      kv_text "$KV_M.detail"
      return
    }
  done
  kv_sync "$KV_LIB/journal"
  kv_end_pending
  kv_tidy
  unit_finish
  kv_say ">member $KV_N ok"
}

# Undoes what is pending, the last member first. The lock is held.
kv_revert() {
  kv_pending || return 0
  kv_end_pending
  kv_journals -r > "$KV_W/journals"
  kv_undo_listed
  echo "not confirmed in time, so it is undone: $KV_P_OWNER" >&2
}

# Run by the timer: `revert ID`, or without systemd `revert ID SECONDS`.
kv_revert_due() {
  trap '' HUP INT TERM PIPE
  [ $# -lt 2 ] || sleep "$2"
  kv_pending && [ "$KV_P_ID" = "$1" ] || return 0
  KV_BOOT=''
  kv_unasked revert "$1" || return
  # A runner that hangs in the middle of what it broke shall not keep it broken.
  KVMNET_LOCK_SECONDS=5 kv_lock -x || {
    ! kv_pending || kill -9 "-$KV_P_GROUP"
    kv_lock -x || return
  }
  ! kv_pending || [ "$KV_P_ID" != "$1" ] || kv_revert
  kv_insist
  rm -rf "$KV_W"
}
# What could not be undone now (nobody may write, a disk is full) keeps others from coming here and having it undone later.
kv_insist() {
  local delay
  for delay in 1 2 4 8 16 32 64 128 256 512 1024; do
    kv_unfinished > /dev/null || return 0
    flock -u 9
    sleep "$delay"
    kv_lock -x && kv_recover
  done
}
