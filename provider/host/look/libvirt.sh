# libvirt.sh: networks and domains, over libvirt's read-only socket, and only where its daemon runs already: a first
# connection would start it, and it would start what is marked for autostart.

look_libvirt() {
  say libvirt
  if ! has virsh; then
    echo '|absent'
    return
  fi
  if ! look_alive libvirtd && ! look_alive virtqemud; then
    echo '|stopped'
    return
  fi
  echo '|running'
  mark="look-$1"
  uri=qemu:///system
  asked=
  for uuid in $(look_virsh net-list --all --uuid); do
    asked="$asked echo '$mark network $uuid;'; net-dumpxml $uuid; echo '$mark network-stored $uuid;'; net-dumpxml --inactive $uuid; echo '$mark network-info $uuid;'; net-info $uuid;"
  done
  [ -z "$asked" ] || look_virsh "$asked" | look_marked
  for uri in qemu:///system lxc:///system; do
    [ "$uri" = qemu:///system ] || look_alive libvirtd || look_alive virtlxcd || continue
    asked=
    for uuid in $(look_virsh list --all --uuid); do
      asked="$asked echo '$mark domain $uuid;'; dumpxml $uuid; echo '$mark domain-stored $uuid;'; dumpxml --inactive $uuid; echo '$mark domain-state $uuid;'; domstate $uuid;"
    done
    [ -z "$asked" ] || look_virsh "$asked" | look_marked
  done
}

look_alive() { [ -s "/run/$1.pid" ] && [ -d "/proc/$(cat "/run/$1.pid")" ]; }
look_virsh() { bounded 10 virsh --readonly --quiet --connect "$uri" "$@"; }

# What begins with our mark names the fact up to `;`; the rest is its text. virsh may leave out the end of the line there.
look_marked() {
  awk -v mark="$mark" '
    index($0, mark " ") == 1 {
      end = index($0, ";")
      print ">fact " substr($0, length(mark) + 2, end - length(mark) - 2)
      $0 = substr($0, end + 1)
    }
    $0 != "" { print "|" $0 }'
}
