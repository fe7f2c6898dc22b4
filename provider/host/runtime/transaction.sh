# transaction.sh: the runner. One process per request, detached from the channel, under the host's lock.
#
# Each kind of object (one file each) implements, with NAME from the key and texts as files:
#   K_tracked                     has one owner (or claims): else each resource has an entry of its own (notify)
#   K_check NAME                  is it a name that can be used at all
#   K_target NAME                 sets KV_TARGET to the file that it is kept in, if it is one that K_stage stages
#   K_present NAME                is there such an object, whoever made it
#   K_observe NAME WANT           prints its canonical text: WANT itself when all is well, `# …` lines for what is not; 1: absent
#   K_stage NAME TEXT             prepares and tests; changes nothing that anybody sees
#   K_save NAME PREFIX            keeps in PREFIX.* what K_undo needs
#   K_apply NAME TEXT OLD         brings it to TEXT, from anything; OLD is the text applied before
#   K_remove NAME OLD
#   K_undo NAME PREFIX NEW        back to what K_save kept; NEW may have been applied in part
#   K_resume NAME PREFIX          the same, when all other objects are back
#   K_touch NAME TEXT             unchanged itself, but what it depends on may have changed
#   K_settle                      after all objects of a member
#   K_cuts NAME TEXT              can the change cut the client's way to this host (confirm.sh)
# with KV_ENC (encoded key), KV_ENTRY (registry entry), KV_O (prefix for files of its own), KV_W (work directory) set.
# All may run again after a crash at any point. Errors go to stderr: the user reads them.

kv_environment() {
  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
  export PATH LC_ALL
  umask 022
  unset IFS
  KV_STEP=0 KV_MODE=''
}

# kv_unasked NAME ID: what a run that no client asked for works with.
kv_unasked() {
  KV_W=$KV_RUN/$1 KV_ID=$2
  kv_environment
  mkdir -p -m 0700 "$KV_RUN" && mkdir -p "$KV_W" && kv_free_room "$KV_W" && kv_empty "$KV_W/sync" "$KV_W/changed" || return
  exec 9> "$KV_RUN/lock"
}

# For tests: dies without a word at the given step.
kv_step() {
  KV_STEP=$((KV_STEP + 1))
  [ "${KVMNET_TEST_KILL:-}" != "$KV_STEP" ] || kill -9 $$
}

kv_run() {
  local members
  KV_ID=$1 KV_BOOT='' KV_PENDING=''
  trap '' HUP INT TERM PIPE
  kv_environment
  KV_W=$KV_RUN/tx/$KV_ID.$$
  mkdir -m 0700 "$KV_W" || return
  if ! kv_parse > "$KV_W/request" || ! kv_begin_report || ! kv_keep_room "$KV_W"; then
    KV_WHY=$(kv_unwritable)
    rm -rf "$KV_W"
    printf '%s\n' "$KV_WHY" >&2
    echo "the request did not arrive whole: nothing was done" >&2
    return 3
  fi
  exec < /dev/null
  read -r KV_MODE members < "$KV_W/request"
  kv_empty "$KV_W/changed" "$KV_W/sync"
  kv_host
  # Children inherit the lock on purpose: a killed runner's last command ends before anybody else begins. Only those that
  # may leave a daemon behind close it (9>&-).
  exec 9> "$KV_RUN/lock"
  if ! kv_enter "$KV_MODE"; then
    kv_busy "$KV_MODE" "$members"
  elif [ -e "$KV_RUN/tx/$KV_ID.report" ]; then
    # The same request, sent twice, ran while this one waited.
    rm -rf "$KV_W"
    return
  elif kv_outlived; then
    kv_refuse restarted "$members"
  else
    kv_members "$KV_MODE" "$members"
  fi
  kv_publish "$KV_MODE"
}

kv_members() {
  local KV_N
  [ "$1" != tx ] || kv_announce "$2"
  # Not by a file: with no room for it there would be no members, and no word about them.
  for KV_N in $(kv_order "$2"); do
    KV_M=$KV_W/$KV_N
    kv_meta
    kv_empty "$KV_M.notes" "$KV_M.detail"
    "kv_member_$1"
    while IFS= read -r KV_LINE; do kv_say ">note $KV_LINE"; done < "$KV_M.notes"
  done
  [ "$1" = tx ] || return 0
  kv_pend_end
  kv_unstage
  kv_tidy
  unit_finish
  # A journal that came back after a power cut would undo what the report calls done.
  kv_sync "$KV_LIB/journal" "${KV_LIB%/*}"
  kv_empty "$KV_RUN/holder"
}

# kv_order MEMBERS: those that must be confirmed come last, for what comes after them waits with them.
kv_order() {
  local n=0 late=''
  while [ $n -lt "$1" ]; do
    KV_M=$KV_W/$n
    kv_meta
    if [ "$KV_CONFIRM" = - ]; then echo $n; else late=$late$n$KV_NL; fi
    n=$((n + 1))
  done
  printf '%s' "$late"
}

# Reads $KV_M.meta.
kv_meta() {
  {
    read -r KV_OWNER; read -r KV_OWNERENC; read -r KV_OWNERHASH; read -r KV_NONCE; read -r KV_ADOPT; read -r KV_CONFIRM
    # A journal of an older runtime ends here.
    read -r KV_FORMERLY; read -r KV_FORMERENC; read -r KV_FORMERHASH
  } < "$KV_M.meta"
}

# For $seq, $kind, $enc … of a loop over operations.
kv_operation() {
  KV_O=$KV_M.$seq KV_ENC=$enc
  kv_entry
}

kv_member_tx() {
  printf 'pid %s, %s\n' "$$" "$KV_OWNER" > "$KV_RUN/holder"
  KV_J='' KV_ABOUT='' KV_CODE=''
  if kv_empty "$KV_M.todo" && kv_reserve && kv_plan && kv_expects early && kv_prepare && kv_change && kv_verify && kv_whole && kv_commit; then
    if [ -n "$KV_J" ] && [ -n "$KV_PENDING" ]; then kv_say ">member $KV_N pending $KV_PENDING"; else kv_say ">member $KV_N ok"; fi
    kv_report_objects
    kv_reads
    return
  fi
  # The shell's own words for a full disk are "I/O error". What is undone, and the report, get the room that was kept.
  KV_WHY=$(kv_unwritable)
  kv_free_room "$KV_W"
  [ -z "$KV_WHY" ] || printf '%s\n' "$KV_WHY" >> "$KV_M.detail"
  if [ -n "$KV_J" ] && [ -e "$KV_J" ]; then
    kv_undo "$KV_J" 2>> "$KV_M.detail" || KV_CODE=undo-failed
  fi
  kv_unstage
  kv_say ">member $KV_N failed ${KV_CODE:-apply-failed}"
  kv_say ">about ${KV_ABOUT:-the plan}"
  kv_text "$KV_M.detail"
}

# kv_fail CODE ABOUT [DETAIL]
kv_fail() {
  KV_CODE=$1 KV_ABOUT=$2
  [ $# -lt 3 ] || printf '%s\n' "$3" >> "$KV_M.detail"
  return 1
}

kv_key() {
  KV_KEY="$kind $name"
  [ "$kind" != - ] || KV_KEY=$name
  [ "$shared" = 0 ] || KV_KEY="shared $KV_KEY"
}

# kv_expects early|staged: checks those expectations that can be checked now.
kv_expects() {
  local n=0
  while [ -e "$KV_M.e$n" ]; do
    if ! expect_one "$1" "$KV_M.e$n" >> "$KV_M.detail" 2>&1; then
      kv_fail unmet "expect $n"
      return
    fi
    n=$((n + 1))
  done
}

kv_prepare() {
  local seq action shared kind enc name
  KV_ABOUT=''
  [ -s "$KV_M.todo" ] || return 0
  kv_install_self 2>> "$KV_M.detail" || kv_fail apply-failed "$KV_LIB" || return
  while IFS=$KV_TAB read -r seq action shared kind enc name <&3; do
    case $action in
      new | put | adopt)
        kv_operation
        kv_key
        kv_step
        "${kind}_stage" "$name" "$KV_O.text" 2>> "$KV_M.detail" || kv_fail invalid "$KV_KEY" || return
        ;;
    esac
  done 3< "$KV_M.todo"
  kv_expects staged || return
  KV_ABOUT=''
  kv_step
  kv_journal 2>> "$KV_M.detail" || kv_fail apply-failed "$KV_LIB/journal" || return
  ! kv_risky || kv_arm 2>> "$KV_M.detail" || kv_fail apply-failed "the timer that would undo the change"
}

kv_change() {
  local seq action shared kind enc name
  while IFS=$KV_TAB read -r seq action shared kind enc name <&3; do
    kv_operation
    kv_key
    kv_step
    case $action in
      drop) kv_drop ;;
      new | put | adopt) "${kind}_apply" "$name" "$KV_O.text" "$KV_OLD" ;;
      same | touch) "${kind}_touch" "$name" "$KV_O.text" ;;
    esac 2>> "$KV_M.detail" || kv_fail apply-failed "$KV_KEY" || return
  done 3< "$KV_M.todo"
  for kind in $KV_KINDS; do
    "${kind}_settle" 2>> "$KV_M.detail" || kv_fail apply-failed "$kind" || return
  done
  kv_step
}

# What was there when we took it over comes back; what was not goes.
kv_drop() {
  set -- "$KV_ENTRY"/before.*
  if [ "$shared" = 1 ] || [ -e "$1" ]; then
    "${kind}_undo" "$name" "$KV_ENTRY/before" "$KV_OLD" && "${kind}_resume" "$name" "$KV_ENTRY/before"
  else
    "${kind}_remove" "$name" "$KV_OLD"
  fi
}

# Reads everything back.
kv_verify() {
  local seq action shared kind enc name
  while IFS=$KV_TAB read -r seq action shared kind enc name <&3; do
    case $action in
      new | put | adopt)
        kv_operation
        kv_key
        "${kind}_observe" "$name" "$KV_O.text" > "$KV_O.seen" 2>> "$KV_M.detail" || kv_fail verify-failed "$KV_KEY" "it is not there" || return
        kv_holds "$KV_O.text" "$KV_O.seen" >> "$KV_M.detail" || kv_fail verify-failed "$KV_KEY" || return
        ;;
    esac
  done 3< "$KV_M.todo"
}

kv_commit() {
  KV_ABOUT=''
  [ -n "$KV_J" ] || return 0
  kv_step
  kv_register 2>> "$KV_M.detail" && kv_room "$KV_J" || kv_fail apply-failed "$KV_LIB" || return
  kv_step
  kv_supersede
  kv_durable
  kv_step
  # With one member pending the later ones are too: what they share with it would be undone under them.
  [ -z "$KV_PENDING" ] || return 0
  # What is left of a journal would undo what is reported as done.
  rm -rf "$KV_J/state" "$KV_J" 2>> "$KV_M.detail" || [ ! -e "$KV_J/state" ] || kv_fail apply-failed "$KV_LIB/journal" || return
  kv_step
}

# Files are durable as they are written; a rename and a removal are their directory's.
kv_durable() {
  local path dirs="$KV_NL"
  set -- "$KV_LIB/objects" "$KV_LIB/shared"
  # Encoded names: no blank is in them.
  for path in $KV_REGISTERED; do set -- "$@" "$path" "$path"/* "$path"/*/*; done
  while IFS= read -r path; do
    path=${path%/*}
    case $dirs in *"$KV_NL$path$KV_NL"*) continue ;; esac
    dirs=$dirs$path$KV_NL
    set -- "$@" "$path"
  done < "$KV_W/changed"
  kv_sync "$@"
}

kv_member_query() {
  local seq verb shared kind enc name
  kv_say ">member $KV_N ok"
  while IFS=$KV_TAB read -r seq verb shared kind enc name <&3; do
    kv_key
    if [ "$verb" = bad ] || ! "${kind}_check" "$name"; then
      kv_say ">absent $KV_KEY"
      continue
    fi
    kv_operation
    if "${kind}_observe" "$name" "$KV_O.text" > "$KV_O.seen" 2>> "$KV_M.detail"; then
      kv_say ">object $KV_KEY"
      kv_text "$KV_O.seen"
    else
      kv_say ">absent $KV_KEY"
    fi
  done 3< "$KV_M.ops"
  kv_reads
  [ ! -e "$KV_M.standing" ] || kv_standing
  [ ! -e "$KV_M.facts" ] || { facts > "$KV_M.found" 2>> "$KV_M.detail"; kv_raw "$KV_M.found"; }
}
