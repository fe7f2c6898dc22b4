# address.sh: kind `address LINK`: the addresses and routes that the host has on an interface. Text: `none`: they have moved
# elsewhere (to the bridge that the interface is a port of). Always shared, so that what was there comes back in the end.

# kva_found NAME: prints each global address and each route that goes with it.
kva_found() {
  ip -o addr show dev "$1" scope global | awk '{ print "addr " $4 }'
}
# kva_batch NAME: what brings them back: a batch of ip(8). Lifetimes are left as they are: whoever set them renews them.
kva_batch() {
  ip -o addr show dev "$1" scope global | awk -v dev="$1" '
    # The next router advertisement brings them.
    / mngtmpaddr / { next }
    {
      line = "addr replace " $4
      for (i = 5; i < NF; i++) {
        if ($i == "brd" || $i == "metric") line = line " " $i " " $(i + 1)
        if ($i == "valid_lft" && $(i + 1) != "forever") lifetimes = lifetimes " valid_lft " $(i + 1)
        if ($i == "preferred_lft" && $(i + 1) != "forever") lifetimes = lifetimes " preferred_lft " $(i + 1)
      }
      gsub(/sec/, "", lifetimes)
      # The host had it a moment ago, so no twin is looked for: while one is, networkd 257 does not hear of the address,
      # and later takes it for one of others, and never sets the routes that need it.
      print line " dev " dev lifetimes ($3 == "inet6" ? " nodad" : "")
      lifetimes = ""
    }'
  kva_routes "$1" boot static dhcp
}
# kva_routes NAME PROTOCOL…: the same of the routes that those set. The kernel makes its own with the addresses.
kva_routes() {
  local family proto link="$1"
  shift
  # Those without a gateway first: the others need them.
  for family in -4 -6; do
    for proto in "$@"; do
      ip "$family" route show table main dev "$link" proto "$proto" | awk -v dev="$link" -v proto="$proto" -v family="$family" '
        {
          gsub(/ (linkdown|dead)/, "")
          sub(/ pref [a-z]*/, "")
          # A batch has no option for the family: the prefix tells it.
          if (family == "-6") sub(/^default/, "::/0")
          print (/ via / ? 2 : 1) "route replace " $0 " dev " dev " proto " proto
        }'
    done
  done | sort | sed 's/^.//'
}

address_tracked() { :; }
address_check() { link_check "$1"; }
address_target() { KV_TARGET=''; }
address_present() { link_present "$1"; }
address_observe() {
  link_present "$1" || return 1
  kva_found "$1" > "$KV_O.found"
  [ -s "$KV_O.found" ] || echo none > "$KV_O.found"
  kv_compare "$2" "$KV_O.found"
  # What came back shows whatever else is said.
  ! grep -qx none "$2" || sed -n 's/^addr /# found: addr /p' "$KV_O.found"
}
address_stage() {
  [ "$(cat "$2")" = none ] || { echo 'only "none" is understood' >&2; return 1; }
}
address_save() { ! link_present "$1" || kva_batch "$1" > "$2.batch"; }
address_apply() {
  local proto
  ip addr flush dev "$1" scope global || return
  # With the last address the kernel forgets the routes of IPv4, not those of IPv6.
  for proto in boot static ra; do ip -6 route flush dev "$1" proto "$proto" || return; done
}
address_remove() { :; }
# They come back in address_resume: links that were in the way of routes are gone by then. What came meanwhile goes before
# that: an address or a route on two interfaces leaves neither usable, and whoever configures the link may be unable to help.
address_undo() {
  [ -z "$KV_BOOT" ] && [ -f "$2.batch" ] && [ ! -s "$2.batch" ] && link_present "$1" || return 0
  address_apply "$1"
}
address_resume() {
  [ -z "$KV_BOOT" ] && [ -f "$2.batch" ] && link_present "$1" || return 0
  # Forced: a gateway that is reached by another way meanwhile keeps no other line from coming back.
  ip -force -batch "$2.batch" 2> /dev/null || :
  # For whoever configures the link: see kvu_reconfigure.
  printf '%s\t%s\n' "$1" "$2.batch" >> "$KV_W/readdressed"
}
address_touch() { :; }
address_settle() { :; }
address_cuts() { kv_on_path "$1"; }
