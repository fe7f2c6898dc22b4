# paths.sh: files put in place atomically, and directories that are remembered so that only ours are removed again.

# What is put in place is also noted here: triggers of units ask what changed in this transaction.
kv_changed() { printf '%s\n' "$1" >> "$KV_W/changed"; }

# Makes a directory and its missing parents, noting each before it exists.
kv_mkdirs() { [ -d "$1" ] || { kv_note_dirs "$1" && mkdir -p "$1"; }; }
kv_note_dirs() {
  local dir="$1" missing=''
  [ ! -d "$dir" ] || return 0
  kv_noted
  while [ -n "$dir" ] && [ ! -d "$dir" ]; do
    case $KV_NOTED in *"$KV_NL$dir$KV_NL"*) ;; *) missing="$dir$KV_NL$missing" ;; esac
    dir=${dir%/*}
  done
  printf '%s' "$missing" >> "$KV_LIB/dirs"
}
# Sets KV_NOTED to those that are noted, each between line ends.
kv_noted() {
  local line
  KV_NOTED=$KV_NL
  [ -f "$KV_LIB/dirs" ] || return 0
  while IFS= read -r line; do KV_NOTED=$KV_NOTED$line$KV_NL; done < "$KV_LIB/dirs"
}

# Removes a directory and its parents as long as we made them and they are empty.
kv_prune() {
  local dir="$1" line
  kv_noted
  while :; do
    case $KV_NOTED in *"$KV_NL$dir$KV_NL"*) ;; *) break ;; esac
    # With something of others in it, it stays.
    for line in "$dir"/*; do [ ! -e "$line" ] || break 2; done
    # Gone already counts as removed: recovery may come here twice.
    if [ -d "$dir" ] && ! rmdir "$dir" 2> "$KV_W/rmdir"; then
      [ -z "$(ls -A "$dir")" ] || break
      cat "$KV_W/rmdir" >&2
      return 1
    fi
    dir=${dir%/*}
  done
}

# Forgets those that are gone, unless a journal may bring them back: then nobody may be able to note them.
kv_forget_dirs() {
  local line kept='' gone=''
  [ -f "$KV_LIB/dirs" ] || return 0
  for line in "$KV_LIB"/journal/*; do [ ! -e "$line" ] || return 0; done
  while IFS= read -r line; do
    if [ -d "$line" ]; then kept=$kept$line$KV_NL; else gone=1; fi
  done < "$KV_LIB/dirs"
  [ -n "$gone" ] || return 0
  # Not in place: with no room left the others would be forgotten.
  printf '%s' "$kept" > "$KV_LIB/dirs.new" && mv -f "$KV_LIB/dirs.new" "$KV_LIB/dirs" || :
}

# kv_place TARGET: puts the staged file in place.
kv_place() {
  kv_staged "$1"
  if [ -d "$1" ]; then
    echo "$1 is a directory" >&2
    return 1
  fi
  mv -f "$KV_STAGED" "$1" || return
  # Without its label a confined program may not read it.
  [ ! -e /sys/fs/selinux/enforce ] || restorecon "$1" 2> /dev/null
  kv_changed "$1"
}

# kv_unplace TARGET…: removes those that are there, and the directories that were made for them.
kv_unplace() {
  local path there='' dir=''
  for path in "$@"; do
    { [ ! -e "$path" ] && [ ! -L "$path" ]; } || { there=1; kv_changed "$path"; }
  done
  [ -z "$there" ] || rm -f "$@" || return
  for path in "$@"; do
    [ "$dir" = "${path%/*}" ] || kv_prune "${path%/*}" || return
    dir=${path%/*}
  done
}

# Not `: >`, which ends the shell when it fails.
kv_empty() {
  local path
  for path in "$@"; do printf '' > "$path" || return; done
}

# kv_copy FROM TO: notes a text to be copied; kv_copies copies all that are noted, in one process.
kv_copy() { printf '%s\t%s\n' "$1" "$2" >> "$KV_W/copies"; }
kv_copies() {
  [ -s "$KV_W/copies" ] || return 0
  awk -F '\t' '{
    printf "" > $2
    while ((getline line < $1) > 0) print line > $2
    close($1)
    if (close($2)) bad = 1
  } END { exit bad }' "$KV_W/copies"
}

# kv_sync PATH…: makes those durable that are there. Old tools sync everything instead, which is right too, only slower.
kv_sync() {
  local path all=$#
  for path in "$@"; do [ ! -e "$path" ] || set -- "$@" "$path"; done
  shift "$all"
  [ $# = 0 ] || sync "$@" 2> /dev/null || sync
}

# kv_compare WANT FOUND: prints WANT's lines, in their order, that are among FOUND's; others as `# missing: LINE`, and then,
# of the attributes (first words) that miss something, what was found instead.
kv_compare() {
  awk -v want="$1" -v found="$2" '
    function word(s) { sub(/^ */, "", s); sub(/ .*/, "", s); return s }
    BEGIN {
      while ((getline line < found) > 0) { have[line] = 1; lines[++n] = line }
      while ((getline line < want) > 0) {
        wanted[line] = 1
        if (line in have) print line
        else { print "# missing: " line; missing[word(line)] = 1 }
      }
      for (i = 1; i <= n; i++) if (!(lines[i] in wanted) && (word(lines[i]) in missing)) print "# found: " lines[i]
    }' < /dev/null
}

# kv_holds WANT FOUND: every line of WANT is a line of FOUND. Prints those that are not, and then what is said of them.
kv_holds() {
  awk -v want="$1" -v found="$2" '
    BEGIN {
      while ((getline line < found) > 0) { have[line] = 1; if (line ~ /^# /) remarks = remarks line "\n" }
      while ((getline line < want) > 0) if (!(line in have)) { bad = 1; print "missing: " line }
      if (bad) printf "%s", remarks
      exit bad
    }' < /dev/null
}
