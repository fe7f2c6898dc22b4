# nic-place.sh: where a guest finds a NIC: its address, by which the guest names the interface, its turn among what is booted from.
# libvirt chooses anew for an element that does not say, be it of a NIC that was there a moment ago.

# kvd_placed WANT HAVE OTHER: prints WANT with the place that HAVE has. A NIC that is new in the running domain gets the one of the
# stored definition, and the other way round, so that its name is the same after the next start.
kvd_placed() {
  [ -s "$2" ] || set -- "$1" "$3"
  awk -v want="$1" -v have="$2" '
    BEGIN {
      while ((getline line < have) > 0) {
        # libvirt numbers aliases itself, but for those that users give.
        if (line ~ /^  <(address|boot|rom|acpi) / || line ~ /^  <alias name=.ua-/) inside = 1
        if (inside) place = place line "\n"
        if (line ~ /^  <.*\/>$/ || line ~ /^  <\//) inside = 0
      }
      while ((getline line < want) > 0) {
        if (line == "</interface>") printf "%s", place
        print line
      }
    }' < /dev/null
}

# kvd_attach WHERE XML: at its address, or where another device has that, or the model cannot be there, at one that libvirt chooses.
kvd_attach() {
  local where='the running domain'
  kvd_virsh attach-device --domain "$KVD_DOMAIN" --file "$2" "$1" > /dev/null 2> "$KV_W/virsh.err" && return
  sed '/^  <address .*\/>$/d; /^  <address /,/^  <\/address>$/d' "$2" > "$KV_O.anywhere" || return
  if cmp -s "$2" "$KV_O.anywhere"; then
    cat "$KV_W/virsh.err" >&2
    return 1
  fi
  kvd_virsh attach-device --domain "$KVD_DOMAIN" --file "$KV_O.anywhere" "$1" > /dev/null || return
  [ "$1" = --live ] || where='the stored definition'
  kv_note "NIC $KVD_MAC of $KVD_DOMAIN could not have its PCI address in $where, so its name in the guest may be another one: $(expect_said "$KV_W/virsh.err")"
}
