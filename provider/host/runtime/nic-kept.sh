# nic-kept.sh: what a NIC keeps when we change it: all that somebody else has said of it, and where the guest finds it. libvirt
# takes what an element does not say for its default, be it of a NIC that was there a moment ago, and chooses a new address.

# kvd_kept WANT OLD HAVE OTHER: prints WANT with the elements of HAVE that neither WANT has nor OLD had, the text applied before. A NIC
# that is new in the running domain gets those of the stored definition, and the other way round: its address, too, so that its
# name is the same after the next start.
kvd_kept() {
  [ -s "$3" ] || set -- "$1" "$2" "$4" /dev/null
  awk -v want="$1" -v old="$2" -v have="$3" -v other="$4" '
    function tag(line) { sub(/^ *<\/?/, "", line); sub(/[ \/>].*/, "", line); return line }
    # Reads elements: those of one level, whole, by their tags; and their order.
    function load(file, elements, order,   line, name) {
      while ((getline line < file) > 0) {
        if (line ~ /^<interface /) { elements["interface"] = line; continue }
        if (line !~ /^  /) continue
        if (line ~ /^  <[a-z]/) { name = tag(line); if (!(name in elements)) order[++order[0]] = name }
        elements[name] = elements[name] line "\n"
      }
    }
    BEGIN {
      load(want, wanted); load(old, ours); load(other, besides); load(have, there, order)
      plugged = wanted["interface"] wanted["source"] == there["interface"] there["source"]
      # What an interface of any type has, and what all but hardware have.
      any = "^(address|alias|boot|rom|acpi)$"
      if (wanted["interface"] !~ /hostdev/) any = any "|^(model|driver|link|bandwidth)$"
      running = there["alias"] != "" && there["alias"] !~ /name=.ua-/
      for (i = 1; i <= order[0]; i++) {
        name = order[i]
        if (name in wanted || name in ours) continue
        # What libvirt numbers itself, and fills in as the NIC runs.
        if (name == "alias" && running) continue
        if (name == "target" && there[name] ~ /dev=.(vnet|veth|macvtap|macvlan)[0-9]/) continue
        if (name == "mtu" && running && !(name in besides)) continue
        # What is about the place that it is plugged into, or the device that the guest sees.
        if (name ~ /^(vlan|virtualport)$/ && !plugged) continue
        if (name == "driver" && "model" in wanted && wanted["model"] != there["model"]) continue
        if (wanted["interface"] != there["interface"] && name !~ any) continue
        kept = kept there[name]
      }
      close(want)
      while ((getline line < want) > 0) {
        if (line == "</interface>") printf "%s", kept
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
