# room.sh: the host may have no room left, at any time. What is needed to undo and to report is kept free beforehand.

# kv_keep_room DIR: for the undo and the report, should others fill the rest meanwhile.
kv_keep_room() { [ -s "$1/room" ] || { printf '%262144s' '' > "$1/room"; } 2> /dev/null; }
kv_free_room() { [ ! -s "$1/room" ] || printf '' > "$1/room"; }

# kv_room DIR…: is there room even now? Then nothing that was written there up to now was cut short.
kv_room() {
  local dir status=0
  for dir in "$@"; do { printf '%65536s' '' > "$dir/room.try"; } 2> /dev/null || status=1; done
  for dir in "$@"; do [ ! -e "$dir/room.try" ] || printf '' > "$dir/room.try"; done 2> /dev/null
  return $status
}

# Says which of the places that we write to cannot be written, and why.
kv_unwritable() {
  local dir
  for dir in /etc "${KV_LIB%/*}" "$KV_RUN"; do
    dd if=/dev/zero of="$dir/.kvmnet-room" bs=64k count=1 2>&1 | sed -n 's/^dd: //p'
    rm -f "$dir/.kvmnet-room" 2> /dev/null
  done
}

# Room for an undo, and in the end for the report.
kv_reserve() { kv_keep_room "$KV_W" || kv_fail apply-failed "$KV_RUN"; }
# Lists that were cut short on the way would have left out what they were to change. The commit makes none.
kv_whole() { [ -z "$KV_JOURNALS" ] || kv_room "$KV_W" || kv_fail apply-failed "$KV_RUN"; }
