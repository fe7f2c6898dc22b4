# lock.sh: one request at a time changes a host. The others wait for a bounded time, and are then told for whom.

# Takes the lock. A query shares it, unless there is something to undo first.
kv_enter() {
  if [ "$1" = query ]; then
    kv_lock -s || return
    kv_unfinished > /dev/null || return 0
    kv_lock -x || return
  else
    kv_lock -x || return
    [ "$1" = confirm ] || kv_unpend || return
  fi
  # What cannot be put back now stays for the next request. It keeps nobody else from working.
  kv_recover || :
}

# kv_lock -x|-s: waits a bounded time. busybox's flock knows no -w, hence the loop.
kv_lock() {
  local tries=0
  flock "$1" -n 9 && return
  flock "$1" -w "${KVMNET_LOCK_SECONDS:-60}" 9 2> "$KV_W/flock" && return
  [ -s "$KV_W/flock" ] || return 1
  while [ "$tries" -lt "${KVMNET_LOCK_SECONDS:-60}" ]; do
    sleep 1
    flock "$1" -n 9 && return
    tries=$((tries + 1))
  done
  return 1
}

kv_busy() {
  kv_line "$KV_RUN/holder"
  [ -n "$KV_LINE" ] && KV_LINE="$KV_LINE, since $(date -r "$KV_RUN/holder" '+%H:%M:%S' 2> /dev/null)"
  kv_refuse busy "$2" "${KV_LINE:-another transaction does not end}"
}

# kv_refuse CODE MEMBERS [DETAIL]
kv_refuse() {
  local n=0
  while [ $n -lt "$2" ]; do
    kv_say ">member $n failed $1"
    kv_say "|${3:-}"
    n=$((n + 1))
  done
}

# Was this machine started after the request was first sent? What it did was undone by the boot, and whoever restarted the
# machine to get it back shall not have it all again.
kv_outlived() {
  kv_line "$KV_W/age"
  [ -n "$KV_LINE" ] || return
  kv_uptime
  [ "$KV_UPTIME" -lt $((KV_LINE - 1)) ]
}
