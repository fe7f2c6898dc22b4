# transaction.sh: the runner. One process per request, detached from the channel, under the host's lock.
#
# Each kind of object (one file each) implements, with NAME from the key and texts as files:
#   K_tracked                     has one owner (or claims): else each resource has an entry of its own (notify)
#   K_check NAME                  is it a name that can be used at all
#   K_target NAME                 sets KV_TARGET to the file that it is kept in, if it is one that K_stage stages
#   K_present NAME                is there such an object, whoever made it
#   K_observe NAME WANT           prints its canonical text: WANT itself when all is well, `# …` lines for what is not; 1: absent,
#                                 2: it could not be looked at
#   K_stage NAME TEXT             prepares and tests; changes nothing that anybody sees
#   K_save NAME PREFIX            keeps in PREFIX.* what K_undo needs
#   K_apply NAME TEXT OLD         brings it to TEXT, from anything; OLD is the text applied before
#   K_remove NAME OLD
#   K_undo NAME PREFIX NEW        back to what K_save kept; NEW may have been applied in part
#   K_resume NAME PREFIX          the same, when all other objects are back
#   K_touch NAME TEXT             unchanged itself, but what it depends on may have changed
#   K_settle                      after all objects of a batch
#   K_cuts NAME TEXT              can the change cut the client's way to this host (confirm.sh)
# with KV_ENC (encoded key), KV_ENTRY (registry entry), KV_O (prefix for files of its own), KV_W (work directory) set.
# A kind in KV_MANY can have many of its objects done at once. While KV_TOGETHER is set K_stage and K_apply may put work off until
#   K_staged                      does what K_stage put off; always called, after all were staged
#   K_settle                      does what K_apply put off
#   K_held                        adds to KV_HELD the KV_O, between blanks, of what was applied and stands just as wanted: the
#                                 others are observed one by one
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
  local n
  if [ "$1" = tx ]; then
    kv_batches "$2"
    return
  fi
  for n in $(kv_order "$2"); do
    kv_member "$n"
    kv_empty "$KV_M.notes" "$KV_M.detail"
    "kv_member_$1"
    kv_say_notes
  done
}

# kv_order MEMBERS: those that must be confirmed come last, for what comes after them waits with them. Not by a file: with no
# room for it there would be no members, and no word about them.
kv_order() {
  local n=0 late=''
  while [ $n -lt "$1" ]; do
    kv_member "$n"
    if [ "$KV_CONFIRM" = - ]; then echo $n; else late=$late$n$KV_NL; fi
    n=$((n + 1))
  done
  printf '%s' "$late"
}

# kv_member N: what follows is about this one. KV_J is its journal; empty when there is nothing to do. Its words are read once: a shell
# reads files byte by byte, and comes here some twenty times for each.
kv_member() {
  local known
  KV_N=$1 KV_M=$KV_W/$1 KV_J=''
  [ ! -s "$KV_M.todo" ] || KV_J=$KV_LIB/journal/$KV_ID.$1
  eval "known=\${KV_OWNER_$1:-}"
  if [ -n "$known" ]; then
    eval "KV_OWNER=\$KV_OWNER_$1 KV_OWNERENC=\$KV_OWNERENC_$1 KV_OWNERHASH=\$KV_OWNERHASH_$1 KV_NONCE=\$KV_NONCE_$1 KV_ADOPT=\$KV_ADOPT_$1
      KV_CONFIRM=\$KV_CONFIRM_$1 KV_FORMERLY=\$KV_FORMERLY_$1 KV_FORMERENC=\$KV_FORMERENC_$1 KV_FORMERHASH=\$KV_FORMERHASH_$1"
    return
  fi
  kv_meta
  eval "KV_OWNER_$1=\$KV_OWNER KV_OWNERENC_$1=\$KV_OWNERENC KV_OWNERHASH_$1=\$KV_OWNERHASH KV_NONCE_$1=\$KV_NONCE KV_ADOPT_$1=\$KV_ADOPT
    KV_CONFIRM_$1=\$KV_CONFIRM KV_FORMERLY_$1=\$KV_FORMERLY KV_FORMERENC_$1=\$KV_FORMERENC KV_FORMERHASH_$1=\$KV_FORMERHASH"
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

# kv_expect early|staged: checks those expectations that can be checked now.
kv_expect() {
  expect_anew
  kv_each kv_expects "$1" && expect_ports
}
kv_expects() {
  local n=0
  while [ -e "$KV_M.e$n" ]; do
    if ! expect_one "$1" "$KV_M.e$n" "$n" >> "$KV_M.detail" 2>&1; then
      kv_fail unmet "expect $n"
      return
    fi
    n=$((n + 1))
  done
}

# Tests all that is to be, and notes how all of it is undone.
kv_prepare() {
  local kind
  KV_ABOUT='' KV_JOURNALS='' KV_RISK=''
  kv_each_due kv_note_journal
  [ -n "$KV_JOURNALS" ] || return 0
  kv_install_self 2>> "$KV_M.detail" || kv_fail apply-failed "$KV_LIB" || return
  kv_each_due kv_stage_objects || return
  for kind in $KV_MANY; do
    "${kind}_staged" 2>> "$KV_M.detail" || kv_fail invalid "$kind" || return
  done
  kv_expect staged || return
  KV_ABOUT=''
  kv_step
  kv_each_due kv_risky
  [ -z "$KV_RISK" ] || [ -z "$KV_TOGETHER" ] || kv_fail apply-failed 'the plan' 'what must be confirmed is done by itself' || return
  kv_journal 2>> "$KV_M.detail" || kv_fail apply-failed "$KV_LIB/journal" || return
  [ -z "$KV_RISK" ] || kv_arm 2>> "$KV_M.detail" || kv_fail apply-failed "the timer that would undo the change"
}
kv_note_journal() { KV_JOURNALS="$KV_JOURNALS $KV_J"; }
kv_stage_objects() {
  local seq action shared kind enc name
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
}

kv_change() {
  local kind
  kv_each_due kv_change_objects || return
  kv_step
  for kind in $KV_KINDS; do
    "${kind}_settle" 2>> "$KV_M.detail" || kv_fail apply-failed "$kind" || return
  done
  kv_step
}
kv_change_objects() {
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

kv_commit() {
  local journal
  KV_ABOUT=''
  [ -n "$KV_JOURNALS" ] || return 0
  kv_step
  kv_register 2>> "$KV_M.detail" && kv_room "${KV_JOURNALS##* }" || kv_fail apply-failed "$KV_LIB" || return
  kv_step
  kv_each_due kv_supersede
  kv_durable
  kv_step
  # With one member pending the later ones are too: what they share with it would be undone under them.
  [ -z "$KV_PENDING" ] || return 0
  set --
  for journal in $KV_JOURNALS; do set -- "$@" "$journal/state"; done
  # What is left of a journal would undo what is reported as done; without `state` it is only removed.
  rm -rf "$@" $KV_JOURNALS 2>> "$KV_M.detail" || for journal; do
    [ ! -e "$journal" ] || kv_fail apply-failed "$KV_LIB/journal" || return
  done
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
  local seq verb shared kind enc name absent=' '
  if ! kv_observe; then
    kv_say_failure
    return
  fi
  kv_say ">member $KV_N ok"
  while IFS=$KV_TAB read -r seq verb shared kind enc name <&3; do
    kv_key
    case $absent in
      *" $seq "*) kv_say ">absent $KV_KEY" ;;
      *)
        kv_say ">object $KV_KEY"
        kv_text "$KV_M.$seq.seen"
        ;;
    esac
  done 3< "$KV_M.ops"
  kv_reads
  [ ! -e "$KV_M.standing" ] || kv_standing
  [ ! -e "$KV_M.facts" ] || { facts > "$KV_M.found" 2>> "$KV_M.detail"; kv_raw "$KV_M.found"; }
}
# Looks at all of them, and adds to `absent` those that are not there. One that could not be looked at is not gone: it fails.
kv_observe() {
  while IFS=$KV_TAB read -r seq verb shared kind enc name <&3; do
    kv_key
    kv_operation
    if [ "$verb" != bad ] && "${kind}_check" "$name"; then
      "${kind}_observe" "$name" "$KV_O.text" > "$KV_O.seen" 2>> "$KV_M.detail"
    else
      false
    fi
    case $? in
      0) ;;
      2) kv_fail unread "$KV_KEY" || return ;;
      *) absent="$absent$seq " ;;
    esac
  done 3< "$KV_M.ops"
}
