# batch.sh: members that have nothing to do with each other go through a transaction side by side. Each has a journal of its own;
# but one sync makes all their notes durable before the first change, their elements are loaded at once, one look verifies them
# all, and one sync ends them, however many they are. If anything fails all of it is undone, and each is done by itself, where it
# stands or falls alone. Any other member is a batch of one.

KV_BATCH_MOST=64           # what is done again one by one, and paths in one command line, shall not grow without bounds

# kv_batches MEMBERS: does all there is to do, in order.
kv_batches() {
  local n batch=''
  kv_announce "$1"
  kv_mix_anew
  for n in $(kv_order "$1"); do
    if ! kv_mixes "$n"; then
      [ -z "$batch" ] || kv_batch $batch
      batch=''
      kv_mix_anew
      if ! kv_mixes "$n"; then
        kv_batch "$n"
        kv_mix_anew
        continue
      fi
    fi
    batch="$batch $n"
  done
  [ -z "$batch" ] || kv_batch $batch
  kv_pend_end
  kv_unstage
  kv_tidy
  unit_finish
  # A journal that came back after a power cut would undo what the report calls done.
  kv_sync "$KV_LIB/journal" "${KV_LIB%/*}"
  kv_empty "$KV_RUN/holder"
}

kv_mix_anew() { KV_MIXED=0 KV_MET=' '; }
# kv_mixes N: can it be done side by side with those before it? Then it is about nothing but objects of its own, of kinds that take
# many at once, and about none that one of them is about.
kv_mixes() {
  local seq verb shared kind enc name
  kv_member "$1"
  [ "$KV_MIXED" -lt "$KV_BATCH_MOST" ] && [ "$KV_ADOPT$KV_CONFIRM$KV_FORMERLY" = -- ] || return
  while IFS=$KV_TAB read -r seq verb shared kind enc name <&3; do
    case $verb/$shared/$KV_MANY in put/0/*" $kind "* | drop/0/*" $kind "*) ;; *) return 1 ;; esac
    case $KV_MET in *" $enc "*) return 1 ;; esac
    KV_MET="$KV_MET$enc "
  done 3< "$KV_M.ops"
  KV_MIXED=$((KV_MIXED + 1))
}

# kv_batch MEMBER…: those that mix, or one.
kv_batch() {
  # One that waits to be confirmed has those after it wait, too, each for itself.
  if [ $# -gt 1 ] && [ -n "$KV_PENDING" ]; then
    kv_one_by_one "$@"
    return
  fi
  KV_TOGETHER=''
  [ $# = 1 ] || KV_TOGETHER=1
  KV_BATCH=$* KV_ABOUT='' KV_CODE='' KV_JOURNALS=''
  kv_member "$1"
  printf 'pid %s, %s\n' "$$" "$KV_OWNER" > "$KV_RUN/holder"
  if kv_each kv_begin && kv_reserve && kv_each kv_plan && kv_expect early && kv_prepare && kv_change && kv_verify && kv_whole && kv_commit; then
    kv_each kv_succeeded
    return
  fi
  # The shell's own words for a full disk are "I/O error". What is undone, and the report, get the room that was kept.
  KV_WHY=$(kv_unwritable)
  kv_free_room "$KV_W"
  [ -z "$KV_WHY" ] || printf '%s\n' "$KV_WHY" >> "$KV_M.detail"
  kv_undo_batch
  kv_unstage
  if [ $# -gt 1 ] && [ "$KV_CODE" != undo-failed ]; then kv_one_by_one "$@"; else kv_each kv_failed; fi
}
kv_one_by_one() {
  local n
  for n; do kv_batch "$n"; done
}

# kv_each COMMAND…: for each member of the batch, as long as it succeeds.
kv_each() {
  local n
  for n in $KV_BATCH; do
    kv_member "$n"
    "$@" || return
  done
}
# kv_each_due COMMAND…: for each with something to do.
kv_each_due() { kv_each kv_if_due "$@"; }
kv_if_due() { [ -z "$KV_J" ] || "$@"; }

kv_begin() { kv_empty "$KV_M.todo" "$KV_M.notes" "$KV_M.detail"; }

# The last one first.
kv_undo_batch() {
  local journal reversed=''
  for journal in $KV_JOURNALS; do reversed="$journal $reversed"; done
  for journal in $reversed; do
    [ ! -e "$journal" ] || kv_undo "$journal" 2>> "$KV_W/${journal##*.}.detail" || KV_CODE=undo-failed
  done
}

kv_succeeded() {
  if [ -n "$KV_J" ] && [ -n "$KV_PENDING" ]; then kv_say ">member $KV_N pending $KV_PENDING"; else kv_say ">member $KV_N ok"; fi
  kv_report_objects
  kv_reads
  kv_say_notes
}
kv_failed() {
  kv_say_failure
  kv_say_notes
}
