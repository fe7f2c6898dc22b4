# elements.sh: kind `elements FAMILY TABLE PART`: elements of a ruleset's maps and sets that another resource owns. Text:
# `MAP { KEY : VALUE }` or `SET { KEY }` a line, as nft prints it. Kept as one file in the ruleset's directory of parts, which
# the ruleset's script includes; the kernel is changed by the difference only.

# Sets KVE_FILE too. A part's name is encoded, as in the registry.
kve_split() {
  kvn_split "$1"
  KVE_FILE=$KVN_PARTS/${KV_ENC#elements%20"$KVN_FAMILY"%20"$KVN_TABLE"%20}.nft
}
# The elements of a part's file, as text.
kve_text() { sed -n "s/^add element $KVN_FAMILY $KVN_TABLE //p" "$KVE_FILE"; }

elements_tracked() { :; }
elements_check() { kvn_check "$1" && [ -n "$KVN_PART" ]; }
elements_target() { kve_split "$1"; KV_TARGET=$KVE_FILE; }
elements_present() {
  kve_split "$1"
  [ -e "$KVE_FILE" ]
}
elements_observe() {
  kve_split "$1"
  kve_live "$2"
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
# One element a line and nothing else: the file is read by nft.
elements_stage() {
  kve_split "$1"
  kv_stage "$KVE_FILE" 022 awk -v begin="add element $KVN_FAMILY $KVN_TABLE " '
    !/^[A-Za-z][A-Za-z0-9_]* \{ [^]{}#;$@\\]+ \}$/ { print "not an element: " $0 > "/dev/stderr"; exit 1 }
    { print begin $0 }' "$2"
}
elements_save() {
  kve_split "$1"
  [ -f "$KVE_FILE" ] || return 0
  cp -a "$KVE_FILE" "$2.raw" && kve_text > "$2.text"
}

# kve_live TEXT: sets KVE_LIVE to a list (as kvn_list makes it) of what is in the kernel, of the text's elements at least. A
# change asks about those alone: a listing grows with the map. One that is there cannot be created, and one that has another
# value cannot be added; nothing comes of either, for the kernel is only asked whether it would.
kve_live() {
  KVE_LIVE=$KVN_LIST
  [ "$KV_MODE" = tx ] && [ ! -e "$KVN_LIST" ] || { kvn_list || :; return 0; }
  KVE_LIVE=$KV_W/elements.live
  awk -v table="$KVN_FAMILY $KVN_TABLE " '{ print "create element " table $0 "\nadd element " table $0 }' "$1" > "$KV_W/elements.try"
  nft -c -f "$KV_W/elements.try" 2> "$KV_W/elements.err"
  awk -v errors="$KV_W/elements.err" '
    BEGIN {
      while ((getline line < errors) > 0)
        if (line ~ /: File exists$/ && match(line, /elements\.try:[0-9]+/)) refused[substr(line, RSTART + 13, RLENGTH - 13) + 0] = 1
    }
    ((2 * NR - 1) in refused) && !((2 * NR) in refused) { print "E " $0 }' "$1" > "$KVE_LIVE"
}

# kve_load OLD NEW: brings the kernel from OLD to NEW in one transaction: what is added first can be deleted, whether or not it
# was there. It fails where somebody else gave an element another value; then the whole table is filled again from the files.
# Notes in $KV_W/forwards what flows may have to be cut.
kve_load() {
  kv_empty "$KV_W/forwards" || return
  awk -v forwards="$KV_W/forwards" -v old="$1" -v new="$2" -v table="$KVN_FAMILY $KVN_TABLE " '
    function key(s) { return index(s, " : ") ? substr(s, 1, index(s, " : ") - 1) " }" : s }
    # What leads to one place from several slots (`MAP { SLOT . … }`) leads there still while one of them does.
    function whole(line) { sub(/ \{ [0-9]+ \. /, " { ", line); return line }
    # MAP { [… .] PROTO . PORT : TARGET . PORT }
    function forward(sign, line,   n, w, i) {
      if (!index(line, " : ")) return
      n = split(line, w, " ")
      for (i = 3; i <= n; i++) if (w[i] == "tcp" || w[i] == "udp") break
      if (i + 4 <= n && (sign == "-" || w[i] == "udp")) print sign, w[i], w[i + 2], w[i + 4], (w[1] ~ /^intercept/ ? w[3] : "") > forwards
    }
    BEGIN {
      while ((getline line < new) > 0) { wanted[line] = leads[whole(line)] = 1; lines[++n] = line }
      while ((getline line < old) > 0) {
        had[line] = 1
        if (line in wanted) continue
        if (!(whole(line) in leads)) forward("-", line)
        print "add element " table line
        print "delete element " table key(line)
      }
      for (i = 1; i <= n; i++) {
        if (!(lines[i] in had)) forward("+", lines[i])
        print "add element " table lines[i]
      }
    }' < /dev/null > "$KV_W/elements"
  [ -s "$KV_W/elements" ] || return 0
  kvn_changed
  nft -f "$KV_W/elements" 2> "$KV_W/elements.err" && return
  if [ -f "$KVN_FILE" ]; then
    nft -f "$KVN_FILE"
  else
    cat "$KV_W/elements.err" >&2
    return 1
  fi
}
elements_apply() {
  kve_split "$1"
  kv_place "$KVE_FILE" && kve_load "$3" "$2" && kve_flows
}
elements_remove() {
  kve_split "$1"
  kv_unplace "$KVE_FILE" && kvn_exists || return
  [ -z "$KVN_THERE" ] || { kve_load "$2" /dev/null && kve_flows; }
}
elements_undo() {
  local new="$3"
  kve_split "$1"
  kvf_undo "$KVE_FILE" "$2" || return
  [ -z "$KV_BOOT" ] || return 0
  kvn_exists || return
  [ -n "$KVN_THERE" ] || return 0
  if [ -f "$2.text" ]; then kve_load "$new" "$2.text"; else kve_load "$new" /dev/null; fi
}
elements_resume() { :; }
elements_touch() { :; }
elements_settle() { :; }
# A forward of the port that the client came in by.
elements_cuts() {
  kv_client
  [ -n "$KV_PATH_PORT" ] && grep -q " tcp \. $KV_PATH_PORT :" "$2"
}

# kve_flows: established flows follow conntrack, not the maps. Those that a changed or removed forward carries are cut, and
# those of UDP that came to the host's port, or to what is intercepted, before that was so. It never fails a transaction.
kve_flows() {
  [ -s "$KV_W/forwards" ] && command -v conntrack > /dev/null || return 0
  # Listed once, whatever the number of forwards: each selective delete walks the kernel's whole table.
  { conntrack -L; conntrack -L -f ipv6; } 2> /dev/null | awk -v forwards="$KV_W/forwards" '
    BEGIN {
      while ((getline line < forwards) > 0) {
        split(line, w, " ")
        split(w[3], range, "-")
        last = range[2] == "" ? range[1] : range[2]
        for (p = range[1]; p <= last; p++)
          if (w[1] == "-") old[w[2], p, w[4]] = 1
          else if (w[5] != "") seized[p, w[5]] = 1
          else if (w[2] == "udp") fresh[p] = 1
      }
    }
    {
      dst = port = reply = ""; sources = 0
      for (i = 1; i <= NF; i++) {
        if ($i ~ /^dst=/ && dst == "") dst = substr($i, 5)
        if ($i ~ /^dport=/ && port == "") port = substr($i, 7)
        if ($i ~ /^src=/ && ++sources == 2) reply = substr($i, 5)
      }
      # A flow that nobody redirected has its destination answer.
      direct = $1 == "udp" && reply == dst
      if (direct && ((port, dst) in seized)) print $1, port, dst, reply, "seized"
      else if ((($1, port, reply) in old) || (direct && (port in fresh))) print $1, port, dst, reply, "ours"
    }' | sort -u > "$KV_W/flows"
  local proto port dst reply whose family count=0 number
  while read -r proto port dst reply whose; do
    case $dst in *:*) family=ipv6 ;; *) family=ipv4 ;; esac
    # Flows through us to somebody else are not ours to cut.
    [ "$reply" != "$dst" ] || [ "$whose" = seized ] || ip -o addr show to "$dst" 2> /dev/null | grep -q . || continue
    number=$(conntrack -D -f "$family" -p "$proto" --orig-port-dst "$port" --orig-dst "$dst" --reply-src "$reply" 2> /dev/null | grep -c .)
    count=$((count + number))
  done < "$KV_W/flows"
  [ $count = 0 ] || kv_note "$count established flows cut"
  return 0
}
