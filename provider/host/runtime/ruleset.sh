# ruleset.sh: kind `ruleset FAMILY TABLE`. Text: an nft script that declares the table, flushes and refills it in place
# (established flows pass meanwhile) and includes its parts. Kept as /etc/kvmnet/nft/TABLE.nft, which a boot loads too.
# nft prints rules in other words than they were written in, so drift is a difference from the listing made after loading.

ruleset_tracked() { :; }
ruleset_check() { kvn_check "$1" && [ -z "$KVN_PART" ]; }
ruleset_target() { kvn_split "$1"; KV_TARGET=$KVN_FILE; }
ruleset_present() {
  kvn_split "$1"
  [ -e "$KVN_FILE" ] || kvn_list
}
ruleset_observe() {
  local live="$KV_ENTRY/live"
  kvn_split "$1"
  kvn_sure || return 2
  if [ ! -s "$KVN_LIST" ]; then
    [ -f "$KVN_FILE" ] || return 1
    cat "$KVN_FILE"
    printf '# missing: table %s %s\n' "$KVN_FAMILY" "$KVN_TABLE"
    return
  fi
  if [ -f "$KVN_FILE" ]; then cat "$KVN_FILE"; else printf '# missing: %s\n' "$KVN_FILE"; fi
  [ ! -f "$KV_O.live" ] || live=$KV_O.live
  [ -f "$live" ] || return 0
  kvn_own | awk -v live="$live" '
    function show(s) { sub(/^[RE][ \t]+/, "", s); return s }
    # Chains are listed as they came, which is another order once the table was loaded anew; what is in one has its order.
    function inside(line, blocks) {
      if (line !~ /^R/) return
      if (line ~ /\{$/) block = line
      else if (line !~ /^R[ \t]+\}$/) blocks[block] = blocks[block] "\n" line
    }
    { now[$0]++; lines[++n] = $0; inside($0, found) }
    END {
      while ((getline line < live) > 0) {
        inside(line, wanted)
        if (now[line] > 0) now[line]--
        else { print "# missing: " show(line); bad = 1 }
      }
      for (i = 1; i <= n; i++) if (now[lines[i]] > 0) { now[lines[i]]--; print "# found: " show(lines[i]); bad = 1 }
      for (block in wanted) if (found[block] != wanted[block]) moved = 1
      if (!bad && moved) print "# found: the rules in another order"
    }'
}
# The script may only be about its table: each statement outside of braces names it.
ruleset_stage() {
  kvn_split "$1"
  awk -v table="$KVN_FAMILY $KVN_TABLE" -v parts="include \"$KVN_PARTS/*.nft\"" '
    { code = $0 }
    code == parts && depth == 0 { next }
    {
      gsub(/"[^"]*"/, "\"\"", code)
      sub(/#.*/, "", code)
      n = split(code, statement, ";")
      for (i = 1; i <= n; i++) {
        s = statement[i]
        gsub(/[ \t]+/, " ", s); sub(/^ /, "", s); sub(/ $/, "", s)
        subject = s
        named = sub(/^((add|create|delete|destroy|flush) )?(table|chain|set|map|element|rule) /, "", subject)
        if (depth == 0 && s != "" && !(named && index(subject " ", table " ") == 1)) {
          print "only " table " may be changed, not: " $0 > "/dev/stderr"
          exit 1
        }
        depth += gsub(/\{/, "{", s) - gsub(/\}/, "}", s)
      }
    }' "$2" && kv_stage "$KVN_FILE" 022 cat "$2" || return
  kv_staged "$KVN_FILE"
  nft -c -f "$KV_STAGED"
}
ruleset_save() {
  kvn_split "$1"
  [ ! -e "$KVN_FILE" ] || cp -a "$KVN_FILE" "$2.raw" || return
  kvn_sure || return
  if [ -s "$KVN_LIST" ]; then
    # To go back exactly: chains that only the new script knows are gone then, too.
    { printf 'table %s {\n}\ndelete table %s\n' "$1" "$1" && cat "$KVN_LIST.raw"; } > "$2.table"
  fi
}
ruleset_apply() {
  kvn_split "$1"
  kv_place "$KVN_FILE" && kv_mkdirs "$KVN_PARTS" || return
  kvn_changed
  nft -f "$KVN_FILE" && kvn_own > "$KV_O.live"
}
ruleset_remove() {
  kvn_split "$1"
  kvn_delete || return
  kvn_changed
  kv_unplace "$KVN_FILE" || return
  # Parts of others stay, and are loaded when the table comes back.
  kv_prune "$KVN_PARTS"
}
ruleset_undo() {
  kvn_split "$1"
  if [ -n "$KV_BOOT" ]; then
    :
  elif [ -f "$2.table" ]; then
    nft -f "$2.table" || return
  else
    kvn_delete || return
  fi
  kvn_changed
  kvf_undo "$KVN_FILE" "$2" || return
  [ -f "$2.raw" ] || kv_prune "$KVN_PARTS"
}
ruleset_resume() { :; }
ruleset_touch() { :; }
ruleset_settle() { :; }
# What filters input may refuse the client, unless it begins by leaving other interfaces alone.
ruleset_cuts() {
  kv_client
  awk -v path="$KV_PATH_LINKS" '
    $1 == "chain" { chain = $2; rule = 0; next }
    $1 == "type" { if (/ hook input /) input[chain] = 1; next }
    $1 == "}" { chain = ""; next }
    chain in input && !rule++ && $1 == "iifname" && $2 == "!=" && $4 == "return" {
      gsub(/"/, "", $3)
      if (!index(path, " " $3 " ")) delete input[chain]
    }
    END { for (chain in input) exit 0; exit 1 }' "$2"
}
