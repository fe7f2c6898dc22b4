# journal.sh: how a transaction that was cut anywhere is undone. $KV_LIB/journal/ID.N holds, for member N of request ID:
#   N.meta, N.todo, N.SEQ.text    the member, as in the work directory
#   SEQ/before.*                  what the kind saved of the object; nothing means that it was not there
#   objects/, shared/             registry entries as they were
#   state                         exists from before the first change until the member is done

# Writes the journals of a batch and makes them, and everything staged, durable. Nothing has been changed before.
kv_journal() {
  local name journal
  KV_DIRS=''
  kv_empty "$KV_W/copies" && kv_each_due kv_list_journal || return
  # Encoded names: no blank is in them.
  mkdir -p $KV_DIRS && kv_copies && kv_each_due kv_save_objects || return
  # A listing that is cut short would make an undo take an object for one that was not there.
  kv_room "$KV_W" "${KV_JOURNALS##* }" || { echo "no room to note how to undo" >&2; return 1; }
  set -- "$KV_LIB/dirs" "$KV_LIB/journal"
  for journal in $KV_JOURNALS; do set -- "$@" "$journal" "$journal"/* "$journal"/*/* "$journal"/*/*/* "$journal"/*/*/*/*; done
  while IFS= read -r name; do set -- "$@" "$name"; done < "$KV_W/sync"
  kv_sync "$@"
  kv_empty "$KV_W/sync"
  # Only now: with `state` and half of what was saved, as a power cut may leave it, an undo would put back that half.
  set --
  for journal in $KV_JOURNALS; do
    kv_empty "$journal/state" || return
    set -- "$@" "$journal/state" "$journal"
  done
  kv_sync "$@"
}
# Adds to KV_DIRS the directories of the member's journal, and to the copies what it has of the request.
kv_list_journal() {
  local seq action shared kind enc name path
  KV_DIRS="$KV_DIRS $KV_J"
  while IFS=$KV_TAB read -r seq action shared kind enc name <&3; do
    kv_entry
    [ ! -e "$KV_ENTRY" ] && [ -z "$KV_FORMER" ] || KV_DIRS="$KV_DIRS $KV_J/${KV_REL%%/*}"
    ! kv_plain || {
      KV_DIRS="$KV_DIRS $KV_J/$KV_REL"
      for path in key owner nonce text live reads; do
        [ ! -f "$KV_ENTRY/$path" ] || kv_copy "$KV_ENTRY/$path" "$KV_J/$KV_REL/$path" || return
      done
    }
    case $action in put | adopt | drop) KV_DIRS="$KV_DIRS $KV_J/$seq" ;; esac
  done 3< "$KV_M.todo"
  for path in "$KV_M.meta" "$KV_M.todo" "$KV_M".*.text; do kv_copy "$path" "$KV_J/${path##*/}" || return; done
}
# Has the entry nothing but lines of text? What a kind saved may be anything.
kv_plain() {
  [ "$shared" = 0 ] && [ -e "$KV_ENTRY" ] || return
  set -- "$KV_ENTRY"/before.*
  [ ! -e "$1" ] && [ ! -L "$1" ]
}
kv_save_objects() {
  local seq action shared kind enc name
  while IFS=$KV_TAB read -r seq action shared kind enc name <&3; do
    case $action in
      put | adopt | drop)
        kv_operation
        "${kind}_save" "$name" "$KV_J/$seq/before" || return
        ;;
    esac
  done 3< "$KV_M.todo"
  kv_copy_entries "$KV_LIB" "$KV_J"
}

# kv_copy_entries FROM TO: copies the registry entries of the member's objects, as far as FROM has them.
kv_copy_entries() {
  local from="$1" to="$2" list seq action shared kind enc name
  for list in objects shared; do
    set --
    while IFS=$KV_TAB read -r seq action shared kind enc name <&3; do
      [ "$action" != bad ] || continue
      kv_entry
      # Some were copied to the journal already (kv_list_journal).
      case $KV_REL in
        "$list"/*)
          [ ! -e "$from/$KV_REL" ] || { [ "$to" = "$KV_J" ] && [ -d "$to/$KV_REL" ]; } || set -- "$@" "$from/$KV_REL"
          ;;
      esac
      # A claim comes with its object.
      kv_former "$from"
      case $list/$KV_FORMER in objects/objects/*) set -- "$@" "$from/$KV_FORMER" ;; esac
    done 3< "$KV_M.todo"
    [ $# = 0 ] || cp -a "$@" "$to/$list/" || return
  done
}

# kv_undo JOURNAL: puts everything back. May be repeated, and may begin anywhere. As long as anything cannot be put back the
# journal stays, for the next transaction to undo all of it again: others (networkd) may have read files in the meantime.
kv_undo() {
  local KV_J="$1" KV_M="$1/${1##*.}" KV_OWNER='' KV_OWNERENC='' KV_OWNERHASH='' KV_NONCE='' KV_ADOPT='' KV_CONFIRM=''
  local KV_FORMERLY='' KV_FORMERENC='' KV_FORMERHASH=''
  local seq action shared kind enc name line reversed='' failed='' KV_HALF
  if [ ! -e "$KV_J/state" ]; then
    # Cut before the first change.
    rm -rf "$KV_J"
    return
  fi
  kv_meta
  while IFS= read -r line <&3; do reversed=$line$KV_NL$reversed; done 3< "$KV_M.todo"
  printf '%s' "$reversed" > "$KV_W/undo" || return
  while IFS=$KV_TAB read -r seq action shared kind enc name <&3; do
    case $action in
      new | put | adopt | drop)
        kv_operation
        kv_step
        "${kind}_undo" "$name" "$KV_J/$seq/before" "$KV_M.$seq.text" || failed=1
        ;;
    esac
  done 3< "$KV_W/undo"
  KV_HALF=$failed
  # Whatever the registry says meanwhile, the host itself comes back.
  kv_restore_entries || failed=1
  # Units come back once all their files are as they were.
  while IFS=$KV_TAB read -r seq action shared kind enc name <&3; do
    kv_operation
    case $action in
      touch) "${kind}_touch" "$name" "$KV_M.$seq.text" || : ;;
      new | put | adopt | drop) "${kind}_resume" "$name" "$KV_J/$seq/before" || failed=1 ;;
    esac
  done 3< "$KV_M.todo"
  kv_step
  [ -z "$failed" ] || return 1
  sync
  # `state` goes first: without it a rest of a journal is only removed.
  rm -rf "$KV_J/state" "$KV_J"
}

kv_restore_entries() {
  local seq action shared kind enc name
  set --
  while IFS=$KV_TAB read -r seq action shared kind enc name <&3; do
    kv_entry
    set -- "$@" "$KV_ENTRY"
  done 3< "$KV_M.todo"
  [ $# = 0 ] || rm -rf "$@"
  kv_copy_entries "$KV_J" "$KV_LIB"
}

# Prints the journals that nobody is to confirm.
kv_unfinished() {
  local journal any=1
  kv_pending || :
  for journal in "$KV_LIB"/journal/*; do
    case ${journal##*/} in "${KV_P_ID:--}".*) continue ;; esac
    [ ! -d "$journal" ] || { printf '%s\n' "$journal"; any=0; }
  done
  return $any
}

# Undoes whatever is unfinished. Runs under the exclusive lock, so nobody is at work on it.
kv_recover() {
  if kv_unfinished > "$KV_W/journals"; then
    # Of one request the last member first.
    sort -t . -k 2 -rn -o "$KV_W/journals" "$KV_W/journals"
    kv_undo_listed 2>> "$KV_W/undo.err"
  else
    kv_unstage
  fi
}
# Undoes the journals that $KV_W/journals lists, in that order.
kv_undo_listed() {
  local journal
  while read -r journal <&4; do
    [ ! -d "$journal" ] || kv_undo "$journal" || :
  done 4< "$KV_W/journals"
  kv_unstage
  kv_tidy
  unit_finish
}

# kv_supersede: what the member did replaces what a stuck journal still wants to put back.
kv_supersede() {
  local journal seq action shared kind enc name todo
  for journal in "$KV_LIB"/journal/*; do
    # Journals of this very request wait with this member to be confirmed.
    case $journal in "$KV_LIB/journal/$KV_ID".*) continue ;; esac
    [ -f "$journal/state" ] || continue
    todo=$journal/${journal##*.}.todo
    while IFS=$KV_TAB read -r seq action shared kind enc name <&3; do
      case $action in
        new | put | adopt | drop | same)
          awk -F '\t' -v s="$shared" -v e="$enc" '$3 != s || $5 != e' "$todo" > "$todo.new" && mv -f "$todo.new" "$todo"
          ;;
      esac
    done 3< "$KV_M.todo"
    [ -s "$todo" ] || rm -rf "$journal/state" "$journal"
  done
}

# At boot only what outlives one is undone; links, sysctls and rules are made afresh from the files. Kinds look at KV_BOOT.
kv_recover_boot() {
  KV_BOOT=1
  kv_unasked boot boot && kv_lock -x || return
  kv_recover
  rm -rf "$KV_W"
}
