# elements.sh: kind `elements FAMILY TABLE PART`: elements of a ruleset's maps and sets that another resource owns. Text:
# `MAP { KEY : VALUE }` or `SET { KEY }` a line, as nft prints it. Kept as one file in the ruleset's directory of parts, which
# the ruleset's script includes; the kernel is changed by the difference only.

# Sets KVE_FILE too. A part's name is encoded, as in the registry.
kve_split() {
  kvn_split "$1"
  KVE_FILE=$KVN_PARTS/${KV_ENC#elements%20"$KVN_FAMILY"%20"$KVN_TABLE"%20}.nft
}
# kve_text FILE: the elements of a part's file, as text.
kve_text() { sed -n "s/^add element $KVN_FAMILY $KVN_TABLE //p" "$1"; }

elements_tracked() { :; }
elements_check() { kvn_check "$1" && [ -n "$KVN_PART" ]; }
elements_target() { kve_split "$1"; KV_TARGET=$KVE_FILE; }
elements_present() {
  kve_split "$1"
  [ -e "$KVE_FILE" ]
}
elements_observe() {
  kve_split "$1"
  kve_live "$2" || return 2
  if [ ! -f "$KVE_FILE" ]; then
    # Without its file a boot forgets it: missing, but what is still live is named.
    [ -s "$KV_OLD" ] || return 1
    awk -v list="$KVE_LIVE" '
      BEGIN { while ((getline line < list) > 0) live[line] = 1 }
      (("E " $0) in live) { any = 1 }
      { print "# missing: " $0 }
      END { exit !any }' "$2"
    return
  fi
  awk -v list="$KVE_LIVE" -v part="$KVE_FILE" -v want="$2" -v begin="add element $KVN_FAMILY $KVN_TABLE " '
    BEGIN {
      while ((getline line < list) > 0) live[line] = 1
      while ((getline line < part) > 0) {
        if (index(line, begin) == 1) line = substr(line, length(begin) + 1)
        kept[line] = 1
        lines[++n] = line
      }
      while ((getline line < want) > 0) {
        wanted[line] = 1
        print ((("E " line) in live) && (line in kept) ? "" : "# missing: ") line
      }
      for (i = 1; i <= n; i++) if (!(lines[i] in wanted)) print "# found: " lines[i]
    }' < /dev/null
}
elements_stage() {
  kve_split "$1"
  kv_note_staged "$KVE_FILE" && { [ -d "$KVN_PARTS" ] || mkdir -p "$KVN_PARTS"; } || return
  printf '%s\n' "$KV_STAGED" >> "$KV_W/sync"
  printf '%s\t%s\t%s\n' "$KVN_FAMILY $KVN_TABLE" "$2" "$KV_STAGED" >> "$KV_W/elements.staged"
  [ -n "$KV_TOGETHER" ] || elements_staged
}
# One element a line and nothing else: the file is read by nft. A forward of the port that the client came in by is noted in
# $KV_W/elements.cuts.
elements_staged() {
  KVE_GONE=''
  kv_empty "$KV_W/elements.load" "$KV_W/elements.loaded" || return
  [ -s "$KV_W/elements.staged" ] || return 0
  kv_client_port
  awk -F '\t' -v port="$KV_PATH_PORT" -v cuts="$KV_W/elements.cuts" '
    {
      printf "" > $3
      while ((getline line < $2) > 0) {
        if (line !~ /^[A-Za-z][A-Za-z0-9_]* \{ [^]{}#;$@\\]+ \}$/) { print "not an element: " line > "/dev/stderr"; exit 1 }
        if (port != "" && index(line, " tcp . " port " :")) print $2 >> cuts
        print "add element " $1 " " line > $3
      }
      close($2)
      if (close($3)) exit 1
    }' "$KV_W/elements.staged" || set -- failed
  kv_empty "$KV_W/elements.staged" && [ $# = 0 ]
}
elements_save() {
  kve_split "$1"
  [ -f "$KVE_FILE" ] || return 0
  cp -a "$KVE_FILE" "$2.raw" || return
  # What a link leads to is not kept.
  [ ! -L "$KVE_FILE" ] || kve_text "$KVE_FILE" > "$2.text"
}

# kve_ask LIST: would the kernel take the elements of the texts? LIST has `FAMILY TABLE` and a text's path a line. One that is there
# cannot be created, and one that has another value cannot be added; nothing comes of either, for it is only asked. Leaves in
# $KV_W/elements.err what is refused: of line 2n-1 the creation of the nth element, of 2n its addition.
kve_ask() {
  awk -F '\t' '{
    while ((getline line < $2) > 0) print "create element " $1 " " line "\nadd element " $1 " " line
    close($2)
  }' "$1" > "$KV_W/elements.try"
  nft -c -f "$KV_W/elements.try" 2> "$KV_W/elements.err"
}
# For awk: is the nth element that kve_ask asked about there, with just this value?
KVE_THERE='
  function there(n) { return (2 * n - 1) in refused && !(2 * n in refused) }
  BEGIN {
    while ((getline line < errors) > 0)
      if (line ~ /: File exists$/ && match(line, /elements\.try:[0-9]+/)) refused[substr(line, RSTART + 13, RLENGTH - 13) + 0] = 1
  }'

# kve_live TEXT: sets KVE_LIVE to a list (as kvn_list makes it) of what is in the kernel, of the text's elements at least. A
# change asks about those alone: a listing grows with the map.
kve_live() {
  KVE_LIVE=$KVN_LIST
  [ "$KV_MODE" = tx ] && [ ! -e "$KVN_LIST" ] || { kvn_sure; return; }
  KVE_LIVE=$KV_W/elements.live
  printf '%s\t%s\n' "$KVN_FAMILY $KVN_TABLE" "$1" > "$KV_W/elements.asked"
  kve_ask "$KV_W/elements.asked"
  awk -v errors="$KV_W/elements.err" "$KVE_THERE"' there(NR) { print "E " $0 }' "$1" > "$KVE_LIVE"
}

# kve_load LIST: brings the kernel from old texts to new ones, in one transaction. LIST has `FAMILY TABLE`, OLD, NEW and the
# member, one of each a line, with tabs between. What is added first can be deleted, whether or not it was there. Where somebody
# else gave an element another value that fails; then the whole tables are filled again from the files. Notes in $KV_W/forwards
# what flows may have to be cut.
kve_load() {
  local table
  kv_empty "$KV_W/forwards" || return
  awk -F '\t' -v forwards="$KV_W/forwards" '
    function key(s) { return index(s, " : ") ? substr(s, 1, index(s, " : ") - 1) " }" : s }
    # What leads to one place from several slots (`MAP { SLOT . … }`) leads there still while one of them does.
    function whole(line) { sub(/ \{ [0-9]+ \. /, " { ", line); return line }
    # FAMILY TABLE MAP { [… .] PROTO . PORT : TARGET . PORT }
    function forward(sign, line, member,   n, w, i, to, j) {
      if (!index(line, " : ")) return
      n = split(line, w, " ")
      for (i = 5; i <= n; i++) if (w[i] == "tcp" || w[i] == "udp") break
      if (i + 4 > n || (sign == "+" && w[i] != "udp")) return
      if (w[3] == "ports") {
        n = split(slots[w[1], w[2], w[i], w[i + 2]], to, " ")
        for (j = 1; j <= n; j++) print sign, w[i], w[i + 2], to[j], member, "" > forwards
        return
      }
      print sign, w[i], w[i + 2], w[i + 4], member, (w[3] ~ /^intercept/ ? w[5] : "") > forwards
    }
    # FAMILY TABLE targets { SLOT . PROTO . PORT : TARGET }: which port it is there, `ports` has.
    function slot(line,   w) { if (split(line, w, " ") > 10 && w[3] == "targets") slots[w[1], w[2], w[7], w[9]] = slots[w[1], w[2], w[7], w[9]] " " w[11] }
    {
      while ((getline line < $3) > 0) { line = $1 " " line; wanted[line] = leads[whole(line)] = 1; lines[++n] = line; by[n] = $4 }
      close($3)
      while ((getline line < $2) > 0) { line = $1 " " line; had[line] = 1; olds[++m] = line; from[m] = $4; slot(line) }
      close($2)
    }
    END {
      for (i = 1; i <= m; i++) {
        if (olds[i] in wanted) continue
        if (!(whole(olds[i]) in leads)) forward("-", olds[i], from[i])
        print "add element " olds[i]
        print "delete element " key(olds[i])
      }
      for (i = 1; i <= n; i++) {
        if (!(lines[i] in had)) forward("+", lines[i], by[i])
        print "add element " lines[i]
      }
    }' "$1" > "$KV_W/elements"
  [ -s "$KV_W/elements" ] || return 0
  kvn_changed
  nft -f "$KV_W/elements" 2> "$KV_W/elements.err" && return
  cut -f 1 "$1" | sort -u > "$KV_W/elements.tables"
  while read -r table <&4; do
    kvn_split "$table"
    [ -f "$KVN_FILE" ] || { cat "$KV_W/elements.err" >&2; return 1; }
    nft -f "$KVN_FILE" || return
  done 4< "$KV_W/elements.tables"
}
elements_apply() {
  kve_split "$1"
  kv_place "$KVE_FILE" || return
  printf '%s\t%s\t%s\t%s\n' "$KVN_FAMILY $KVN_TABLE" "$3" "$2" "$KV_N" >> "$KV_W/elements.load"
  printf '%s\t%s\t%s\t%s\n' "$KVN_FAMILY $KVN_TABLE" "$2" "$KVE_FILE" "$KV_O" >> "$KV_W/elements.loaded"
  [ -n "$KV_TOGETHER" ] || elements_settle
}
elements_remove() {
  kve_split "$1"
  KVE_GONE="$KVE_GONE $KVE_FILE"
  printf '%s\t%s\t%s\t%s\n' "$KVN_FAMILY $KVN_TABLE" "$2" /dev/null "$KV_N" >> "$KV_W/elements.load"
  [ -n "$KV_TOGETHER" ] || elements_settle
}
elements_settle() {
  local table old new member asked=''
  # Encoded names: no blank is in them.
  [ -z "$KVE_GONE" ] || kv_unplace $KVE_GONE || return
  KVE_GONE=''
  [ -s "$KV_W/elements.load" ] || return 0
  kv_empty "$KV_W/elements.list" || return
  while IFS=$KV_TAB read -r table old new member <&4; do
    kvn_split "$table"
    if [ "$new" = /dev/null ]; then
      # Of a table that is gone nothing is left to remove.
      [ "$table" = "$asked" ] || kvn_exists || return
      asked=$table
      [ -n "$KVN_THERE" ] || continue
    fi
    printf '%s\t%s\t%s\t%s\n' "$table" "$old" "$new" "$member" >> "$KV_W/elements.list"
  done 4< "$KV_W/elements.load"
  kv_empty "$KV_W/elements.load" || return
  [ ! -s "$KV_W/elements.list" ] || { kve_load "$KV_W/elements.list" && kve_flows; }
}
# Each was put in place and loaded just now, so its file has its lines, in their order.
elements_held() {
  local held
  [ -s "$KV_W/elements.loaded" ] || return 0
  kve_ask "$KV_W/elements.loaded"
  awk -F '\t' -v errors="$KV_W/elements.err" "$KVE_THERE"'
    {
      held = 1
      while ((getline line < $2) > 0)
        if (!there(++n) || (getline kept < $3) <= 0 || kept != "add element " $1 " " line) held = 0
      if ((getline kept < $3) > 0) held = 0
      close($2)
      close($3)
      if (held) print $4
    }' "$KV_W/elements.loaded" > "$KV_W/elements.held"
  while read -r held; do KV_HELD="$KV_HELD$held "; done < "$KV_W/elements.held"
}
elements_undo() {
  local before=/dev/null
  kve_split "$1"
  kvf_undo "$KVE_FILE" "$2" || return
  [ -z "$KV_BOOT" ] || return 0
  kvn_exists || return
  [ -n "$KVN_THERE" ] || return 0
  if [ -f "$2.text" ]; then
    before=$2.text
  elif [ -f "$2.raw" ]; then
    before=$KV_W/elements.before
    kve_text "$2.raw" > "$before" || return
  fi
  printf '%s\t%s\t%s\t-\n' "$KVN_FAMILY $KVN_TABLE" "$3" "$before" > "$KV_W/elements.list" && kve_load "$KV_W/elements.list"
}
elements_resume() { :; }
elements_touch() { :; }
elements_cuts() { [ -s "$KV_W/elements.cuts" ] && grep -qxF -- "$2" "$KV_W/elements.cuts"; }
