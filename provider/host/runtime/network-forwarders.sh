# network-forwarders.sh: the resolvers that a network's DNS server asks, where the rest of the network's definition is not ours:
# `<forwarder>` elements as virsh prints them inside `<dns>`, and no others. libvirt takes them up when the network is started.
KVW_FORWARDER='^    <forwarder '

# kvw_back OLD: where they are not asked for any more, those that were there before come back.
kvw_back() {
  [ ! -s "$KV_O.xml" ] && grep -q "$KVW_FORWARDER" "$1" || return 0
  KVW_PART=1
  [ ! -f "$KV_ENTRY/before.text" ] || grep "$KVW_FORWARDER" "$KV_ENTRY/before.text" > "$KV_O.xml" || :
}
# kvw_forwards XML: has it the same as $KV_O.xml, in any order.
kvw_forwards() {
  grep "$KVW_FORWARDER" "$1" | sort > "$KV_O.has"
  grep "$KVW_FORWARDER" "$KV_O.xml" | sort | cmp -s - "$KV_O.has"
}
# kvw_forwarding XML: prints it with those of $KV_O.xml in place of its own.
kvw_forwarding() {
  awk -v have="$1" -v want="$KV_O.xml" '
    BEGIN {
      while ((getline line < want) > 0) lines = lines line "\n"
      while ((getline line < have) > 0) {
        if (line ~ /^    <forwarder /) continue
        if (lines != "" && line == "</network>") printf "  <dns>\n%s  </dns>\n", lines
        dns = line ~ /^  <dns[ >\/]/
        empty = dns && sub(/\/>$/, ">", line)
        print line
        if (dns) { printf "%s", lines; lines = "" }
        if (empty) print "  </dns>"
      }
    }' < /dev/null
}
# kvw_compare WANT: as kv_compare, of $KV_O.found; one more is as wrong as one that is missing, in use or stored.
kvw_compare() {
  grep -v "$KVW_FORWARDER" "$KV_O.found" > "$KV_O.rest"
  grep -Fxf "$1" "$KV_O.found" >> "$KV_O.rest"
  kv_compare "$1" "$KV_O.rest"
  sort -u "$KV_O.stored" "$KV_O.used" | grep "$KVW_FORWARDER" | grep -Fvxf "$1" | sed 's/^/# found: /'
}

# expect_forwarders NETWORK FORWARDERS: libvirt answers names on it, and asks these (as `ADDRESS` or `DOMAIN=ADDRESS`, blanks between)
# already, or can be made to: nobody is cut off when it is started anew.
expect_forwarders() {
  network_check "$1" && kvw_state "$1" && kvw_xml "$1" > "$KV_W/names.xml" || return
  KV_LINE=$(sed -n "s/^  <forward mode='\([a-z]*\)'.*/\1/p" "$KV_W/names.xml")
  case $KV_LINE in '' | nat | route | open) ;; *) echo "mode $KV_LINE"; return 1 ;; esac
  ! grep -q "^  <dns enable='no'" "$KV_W/names.xml" || { echo 'dns off'; return 1; }
  [ "$KVW_ACTIVE" = yes ] || return 0
  sed -n "s/$KVW_FORWARDER\(domain='\([^']*\)' \)\{0,1\}addr='\([^']*\)'.*/\2=\3/p" "$KV_W/names.xml" | sed 's/^=//' | sort > "$KV_W/names.has"
  # shellcheck disable=SC2086
  printf '%s\n' $2 | sort | cmp -s - "$KV_W/names.has" && return
  KV_LINE=$(kvw_users "$1") && [ -z "$KV_LINE" ] && return
  printf '%s\n' "$KV_LINE"
  return 1
}
