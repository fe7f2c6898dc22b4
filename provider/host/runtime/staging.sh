# staging.sh: files are written beside their targets first, and noted before, so that a crash leaves none of them.

# kv_announce MEMBERS: notes all that may be staged, and the directories that are missing for it, and has that on disk before
# any of it is there: a power cut keeps of what was not synced some and loses other, in any order. If it fails, kv_stage will.
kv_announce() {
  local n=0 seq verb shared kind enc name targets=''
  while [ $n -lt "$1" ]; do
    while IFS=$KV_TAB read -r seq verb shared kind enc name <&3; do
      [ "$verb" = put ] && "${kind}_check" "$name" || continue
      KV_ENC=$enc
      "${kind}_target" "$name"
      [ -z "$KV_TARGET" ] || targets=$targets$KV_TARGET$KV_NL
    done 3< "$KV_W/$n.ops"
    n=$((n + 1))
  done
  [ -n "$targets" ] && { [ -d "$KV_LIB" ] || mkdir -p -m 0700 "$KV_LIB"; } || return 0
  printf '%s' "$targets" > "$KV_W/targets"
  while IFS= read -r name; do kv_note_staged "$name"; done < "$KV_W/targets"
  kv_sync "$KV_LIB/staged" "$KV_LIB/dirs" "$KV_LIB" "${KV_LIB%/*}"
}

# kv_stage TARGET UMASK COMMAND…: has the command write beside the target. A rename from there is atomic.
kv_stage() {
  local target="$1" mask="$2"
  shift 2
  kv_note_staged "$target" && { [ -d "${target%/*}" ] || mkdir -p "${target%/*}"; } || return
  (umask "$mask" && exec "$@" > "$KV_STAGED") || return
  printf '%s\n' "$KV_STAGED" >> "$KV_W/sync"
}
# Notes that there may be a staged file for the target: whatever a crash leaves is removed by the next transaction.
kv_note_staged() {
  kv_staged "$1"
  kv_note_dirs "${1%/*}" && printf '%s\n' "$KV_STAGED" >> "$KV_LIB/staged"
}
# Sets KV_STAGED to the name beside the target.
kv_staged() { KV_STAGED=${1%/*}/.${1##*/}.kvmnet-$KV_ID; }

# Removes staged files that nobody put in place. While one cannot be removed the list stays, for the next transaction.
kv_unstage() {
  local path stuck=''
  [ -f "$KV_LIB/staged" ] || return 0
  while IFS= read -r path; do
    case $path in
      */.*.kvmnet-*)
        { [ ! -e "$path" ] || rm -f "$path"; } && kv_prune "${path%/*}" || stuck=1
        ;;
    esac
  done < "$KV_LIB/staged"
  [ -n "$stuck" ] || rm -f "$KV_LIB/staged"
}
