# nft.sh: what the kinds `ruleset` and `elements` share.

# kvn_split NAME: sets KVN_FAMILY, KVN_TABLE, KVN_PART, KVN_FILE (the table's script) and KVN_PARTS (directory of its parts).
kvn_split() {
  local rest
  KVN_FAMILY=${1%% *}
  rest=${1#* }
  KVN_TABLE=${rest%% *}
  KVN_PART=''
  [ "$rest" = "$KVN_TABLE" ] || KVN_PART=${rest#* }
  # Tables of two families may have one name.
  KVN_FILE=/etc/kvmnet/nft/$KVN_TABLE.nft
  [ "$KVN_FAMILY" = inet ] || KVN_FILE=/etc/kvmnet/nft/$KVN_TABLE.$KVN_FAMILY.nft
  KVN_PARTS=/etc/kvmnet/nft/$KVN_TABLE.d
  KVN_LIST=$KV_W/nft.$KVN_FAMILY.$KVN_TABLE.${KVN_CHANGES:=0}
}
kvn_check() {
  case $1 in *\ *) ;; *) return 1 ;; esac
  kvn_split "$1"
  case $KVN_FAMILY in ip | ip6 | inet | bridge | arp | netdev) ;; *) return 1 ;; esac
  case $KVN_TABLE in '' | [!A-Za-z]* | *[!A-Za-z0-9_]*) return 1 ;; esac
}

# Sets KVN_THERE if there is such a table, however much is in it: to list the chains, nft 1.0.6 asks for no elements, to list the
# tables it asks for all of all tables. Fails when that cannot be found out.
kvn_exists() {
  KVN_THERE=$(nft list chains "$KVN_FAMILY") || return
  case $KV_NL$KVN_THERE$KV_NL in *"${KV_NL}table $KVN_FAMILY $KVN_TABLE {$KV_NL"*) ;; *) KVN_THERE='' ;; esac
}
# Deletes the table, if there is one.
kvn_delete() { kvn_exists && { [ -z "$KVN_THERE" ] || nft delete table "$KVN_FAMILY" "$KVN_TABLE"; }; }

# For awk: without the blanks around it. A pattern that ends in blanks and then the end would be tried from each blank there is.
KV_TRIM='
  function trim(s,   last) {
    sub(/^[ \t]+/, "", s)
    last = length(s)
    while (last && index(" \t", substr(s, last, 1))) last--
    return substr(s, 1, last)
  }'

# kvn_list: lists the live table, once until something changes it, into $KVN_LIST: `R LINE` for structure and rules,
# `E MAP { ELEMENT }` for each element, but for maps and sets with `flags dynamic`: what is in those is as the host runs, and
# nobody's text. Fails when there is no such table.
kvn_list() {
  [ ! -e "$KVN_LIST" ] || { [ -s "$KVN_LIST" ]; return; }
  nft -s list table "$KVN_FAMILY" "$KVN_TABLE" 2> /dev/null > "$KVN_LIST.raw" && awk "$KV_TRIM"'
    # Commas inside of quotes (comments) do not part elements. An element may go on in the next line, and so may its quotes.
    function elements(s,   i, k, n, m, piece, part) {
      n = split(s, piece, "\"")
      for (i = 1; i <= n; i++) {
        if (i > 1) { quoted = !quoted; element = element "\"" }
        if (quoted) { element = element piece[i]; continue }
        m = split(piece[i], part, ",")
        for (k = 1; k <= m; k++) { element = element part[k]; if (k < m) ends() }
      }
    }
    function ends() {
      element = trim(element)
      if (element != "" && !live) print "E " object " { " element " }"
      element = ""
    }
    $1 == "map" || $1 == "set" { object = $2; live = 0 }
    $1 == "flags" && /dynamic/ { live = 1 }
    $1 == "elements" && $2 == "=" { inside = 1; sub(/^[ \t]*elements = \{/, ""); element = ""; quoted = 0 }
    inside {
      line = $0
      closed = sub(/\}[ \t]*$/, "", line)
      elements(line)
      if (closed) { ends(); inside = 0 }
      next
    }
    /[^ \t]/ { print "R " $0 }
    # One that ends otherwise was cut short.
    END { exit $0 != "}" }
  ' "$KVN_LIST.raw" > "$KVN_LIST" || {
    rm -f "$KVN_LIST"
    # What could not be listed for want of room may be listed later.
    ! kvn_exists || [ -n "$KVN_THERE" ] || kv_empty "$KVN_LIST"
    return 1
  }
}
# kvn_sure: lists the live table; with none the listing is empty. Fails when it is there and cannot be listed: an undo would
# take it for one that was not there.
kvn_sure() {
  kvn_list || [ -e "$KVN_LIST" ] || {
    echo "table $KVN_FAMILY $KVN_TABLE could not be listed" >&2
    return 1
  }
}
# What was listed before is of no use now.
kvn_changed() {
  KVN_CHANGES=$((KVN_CHANGES + 1))
  KVN_LIST=${KVN_LIST%.*}.$KVN_CHANGES
}

# kvn_own: of the listing, what the table's own script made: all but the elements of parts.
kvn_own() {
  kvn_list || return
  printf '%s\n' "$KVN_PARTS"/*.nft | awk -v list="$KVN_LIST" -v begin="add element $KVN_FAMILY $KVN_TABLE " '
    { while ((getline line < $0) > 0) if (index(line, begin) == 1) part["E " substr(line, length(begin) + 1)] = 1; close($0) }
    END { while ((getline line < list) > 0) if (!(line in part)) print line }'
}
