# nic.sh: kind `nic URI DOMAIN MAC`: a NIC of a libvirt domain, in the running domain and in its stored definition. Text: the
# `<interface>` element as virsh prints it, one element a line, of what we set only: libvirt adds an alias, an address, a target.
# Where it begins with the line KVD_LATER it is about the stored definition alone.
KVD_LATER='<!-- at the next boot -->'
kvd_later() { grep -Fqx "$KVD_LATER" "$1" 2> /dev/null; }

# kvd_find NAME: reads a domain that may be gone: with it went its NICs. But one that could not be asked for is not gone.
kvd_find() { kvd_read "$1" || kvd_gone || { cat "$KV_W/domain.err" >&2; return 1; }; }
# The same, asked anew.
kvd_sure() {
  kvd_forget
  kvd_find "$1"
}
# The same, of a domain that has to be there.
kvd_there() { kvd_read "$1" || { cat "$KV_W/domain.err" >&2; return 1; }; }
# kvd_behind WANT OLD HAVE: lacks something, or still has what is not wanted any more. What others have set stays.
kvd_behind() {
  ! kv_holds "$1" "$3" > /dev/null || awk -v want="$1" -v old="$2" -v have="$3" '
    BEGIN {
      while ((getline line < want) > 0) wanted[line]
      while ((getline line < have) > 0) there[line]
      while ((getline line < old) > 0) if (line ~ /^  / && !(line in wanted) && (line in there)) bad = 1
      exit !bad
    }' < /dev/null
}

nic_tracked() { :; }
nic_check() {
  case $1 in *' '*' '*) ;; *) return 1 ;; esac
  kvd_split "$1"
  case $KVD_URI in *[!A-Za-z0-9+:/._@?=,%-]* | -* | '') return 1 ;; esac
  case $KVD_MAC in ??:??:??:??:??:??) ;; *) return 1 ;; esac
  case $KVD_MAC in *[!0-9a-f:]*) return 1 ;; esac
  [ -n "$KVD_DOMAIN" ]
}
nic_target() { KV_TARGET=''; }
nic_present() {
  kvd_read "$1"
  [ -s "$KV_O.live" ] || [ -s "$KV_O.stored" ]
}
nic_observe() {
  local live=''
  command -v virsh > /dev/null || return 1
  kvd_find "$1" || return 2
  [ -s "$KV_O.live" ] || [ -s "$KV_O.stored" ] || return 1
  [ "$KVD_STATE" != running ] || kvd_later "$2" || live=$KV_O.live
  # A line must be in both, as far as there are both.
  awk -v want="$2" -v later="$KVD_LATER" -v live="$live" -v stored="$([ -z "$KVD_STORED" ] || echo "$KV_O.stored")" '
    function tag(s) { sub(/^ */, "", s); sub(/[ \/>].*/, "", s); return s }
    function load(file, have,   line) { while ((getline line < file) > 0) have[line] = tag(line) }
    BEGIN {
      if (live != "") load(live, running)
      if (stored != "") load(stored, kept)
      while ((getline line < want) > 0) {
        lacks = ""
        if (line == later) { print line; continue }
        if (live != "" && !(line in running)) lacks = "in the running domain"
        if (stored != "" && !(line in kept)) lacks = lacks (lacks ? " and " : "") "in the stored definition"
        if (!lacks) print line
        else {
          print "# missing: " line " (" lacks ")"
          wanting[tag(line)] = 1
        }
        wanted[line] = 1
      }
      for (line in running) if (!(line in wanted) && (running[line] in wanting)) print "# found: " line
      for (line in kept) if (!(line in wanted) && !(line in running) && (kept[line] in wanting)) print "# found: " line
    }' < /dev/null
  if [ -n "$live" ] && [ ! -s "$live" ]; then echo '# not in the running domain'; fi
  if [ -n "$KVD_STORED" ] && [ ! -s "$KV_O.stored" ]; then echo '# not in the stored definition'; fi
  kvd_master "$KV_O.live" "$2"
  if [ -n "$KVD_TAP" ] && [ -n "$KVD_BRIDGE" ] && [ -e "/sys/class/net/$KVD_TAP" ] && [ ! -e "/sys/class/net/$KVD_BRIDGE/brif/$KVD_TAP" ]; then
    printf '# tap %s is not a port of %s\n' "$KVD_TAP" "$KVD_BRIDGE"
  fi
}
# libvirt has no dry run for an interface; what can be said is whether it is one element, and this NIC's.
nic_stage() {
  local first='' last='' line
  kvd_split "$1"
  while IFS= read -r line; do
    [ "$line" != "$KVD_LATER" ] || [ -n "$first" ] || continue
    [ -n "$first" ] || first=$line
    last=$line
    case $line in
      \<interface*) [ "$line" = "$first" ] || last='' ;;
      '  '*\<*\>) ;;
      \</interface\>) ;;
      *) last='' ;;
    esac
    [ -n "$last" ] || break
  done < "$2"
  case $first in \<interface\ *) ;; *) last='' ;; esac
  [ "$last" = '</interface>' ] && grep -Fqx "  <mac address='$KVD_MAC'/>" "$2" && [ "$(grep -c '^ *</*interface' "$2")" = 2 ] ||
    { echo 'not an interface element with this MAC address' >&2; return 1; }
  kvd_look || { cat "$KV_W/domain.err" >&2; return 1; }
  if kvd_later "$2" && [ -z "$KVD_STORED" ]; then
    echo 'libvirt has no stored definition of the domain: there is no next boot' >&2
    return 1
  fi
}
nic_save() {
  kvd_sure "$1" || return
  [ -s "$KV_O.live" ] || [ -s "$KV_O.stored" ] || return 0
  cp "$KV_O.live" "$2.live" && cp "$KV_O.stored" "$2.stored" && kvd_run > "$2.run"
}
# kvd_run: prints what tells this run of the domain from all others; an empty line while it is off.
kvd_run() {
  local id='' boot=''
  if [ "$KVD_STATE" = running ]; then
    id=$(sed -n "1s/.* id='\([0-9]*\)'.*/\1/p" "$KV_W/domain.live")
    kv_line /proc/sys/kernel/random/boot_id
    boot=$KV_LINE
  fi
  printf '%s\n' "$id${boot:+ $boot}"
}
# libvirt keeps definitions in files: their directory is to be made durable with the rest.
kvd_stored() {
  case $KVD_URI in
    qemu:*) kv_changed /etc/libvirt/qemu/. ;;
    lxc:*) kv_changed /etc/libvirt/lxc/. ;;
  esac
}
# kvd_bring WHERE HAVE XML: makes the domain's interface the one in XML, WHERE being --live or --config.
kvd_bring() {
  [ "$1" = --live ] || kvd_stored
  kvd_forget
  [ -s "$2" ] || { kvd_attach "$1" "$3"; return; }
  kvd_virsh update-device --domain "$KVD_DOMAIN" --file "$3" "$1" > /dev/null 2> "$KV_W/virsh.err" && return
  # A stored definition takes any change in place: what it does not take would be no NIC either.
  [ "$1" = --live ] || { cat "$KV_W/virsh.err" >&2; return 1; }
  # A running domain takes only some; the rest need a new NIC, with the same address.
  kvd_detach "$1" "$2" && kvd_attach "$1" "$3" || return
  kv_note "NIC $KVD_MAC of $KVD_DOMAIN was plugged out and in again"
}
# Detaching from a running guest is a request to it: wait until it is gone.
kvd_detach() {
  local tries=0
  kvd_forget
  kvd_virsh detach-device --domain "$KVD_DOMAIN" --file "$2" "$1" > /dev/null || return
  if [ "$1" != --live ]; then
    kvd_stored
    return
  fi
  while [ -n "$(kvd_look && kvd_interface live)" ]; do
    tries=$((tries + 1))
    if [ $tries -gt 20 ]; then
      echo "the guest $KVD_DOMAIN does not let go of NIC $KVD_MAC" >&2
      return 1
    fi
    sleep 0.5 2> /dev/null || sleep 1
  done
}
nic_apply() {
  kvd_forget
  kvd_there "$1" || return
  grep -Fvx "$KVD_LATER" "$2" > "$KV_O.want"
  if [ -n "$KVD_STORED" ] && kvd_behind "$KV_O.want" "$3" "$KV_O.stored"; then
    kvd_kept "$KV_O.want" "$3" "$KV_O.stored" "$KV_O.live" > "$KV_O.whole" && kvd_bring --config "$KV_O.stored" "$KV_O.whole" || return
    [ -s "$KV_O.live" ] || kvd_there "$1" || return
  fi
  if [ "$KVD_STATE" = running ] && ! kvd_later "$2"; then
    if kvd_behind "$KV_O.want" "$3" "$KV_O.live"; then
      kvd_kept "$KV_O.want" "$3" "$KV_O.live" "$KV_O.stored" > "$KV_O.whole" && kvd_bring --live "$KV_O.live" "$KV_O.whole" || return
      kvd_there "$1" || return
    fi
    kvd_master "$KV_O.live" "$KV_O.want"
    if [ -n "$KVD_TAP" ] && [ -n "$KVD_BRIDGE" ] && [ -e "/sys/class/net/$KVD_TAP" ] && [ ! -e "/sys/class/net/$KVD_BRIDGE/brif/$KVD_TAP" ]; then
      ip link set dev "$KVD_TAP" master "$KVD_BRIDGE" || return
    fi
  fi
}
nic_remove() {
  command -v virsh > /dev/null || return 0
  kvd_sure "$1" || return
  if [ -s "$KV_O.stored" ]; then kvd_detach --config "$KV_O.stored" || return; fi
  [ -s "$KV_O.live" ] || return 0
  if kvd_later "$2"; then kv_note "NIC $KVD_MAC stays with $KVD_DOMAIN until that is stopped"; else kvd_detach --live "$KV_O.live"; fi
}
nic_undo() {
  # libvirt comes later in the boot: left for the next request.
  [ -z "$KV_BOOT" ] || return 1
  [ -f "$2.live" ] || { nic_remove "$1" "$3"; return; }
  command -v virsh > /dev/null || { kv_note "libvirt is gone: its NIC is not given back what it had"; return 0; }
  kvd_sure "$1" || return
  [ -n "$KVD_STATE" ] || { kv_note "domain $KVD_DOMAIN is gone: its NIC is not given back what it had"; return 0; }
  kvd_back --config "$KV_O.stored" "$2.stored" || return
  [ "$KVD_STATE" = running ] || return 0
  kv_line "$2.run"
  # If it has been started since, then from its stored definition.
  if [ -f "$2.run" ] && [ "$KV_LINE" != "$(kvd_run)" ]; then set -- "$2.stored"; else set -- "$2.live"; fi
  kvd_back --live "$KV_O.live" "$1"
}
# kvd_back WHERE HAVE SAVED
kvd_back() {
  kvd_lasting "$2" > "$KV_O.now" && kvd_lasting "$3" > "$KV_O.back" || return
  if [ -s "$3" ]; then
    # What was added must go, too.
    cmp -s "$KV_O.back" "$KV_O.now" || kvd_bring "$1" "$2" "$KV_O.back"
  elif [ -s "$2" ]; then
    kvd_detach "$1" "$2"
  fi
}
# kvd_lasting FILE: prints the element without what libvirt gives it anew at each start, and takes from nobody.
kvd_lasting() {
  sed -e "/^  <target dev='vnet[0-9]/d" -e "/^  <target dev='veth[0-9]/d" -e "/^  <target dev='macv[a-z]*[0-9]/d" \
    -e "/^  <alias name='ua-/!{/^  <alias /d;}" "$1"
}
nic_resume() { :; }
nic_touch() { :; }
nic_settle() { :; }
nic_cuts() { false; }

# nic_taps BRIDGE: taps of running domains that are meant to be on the bridge.
nic_taps() {
  local uri domain asked
  command -v virsh > /dev/null || return 0
  for uri in qemu:///system lxc:///system; do
    KVD_URI=$uri asked=''
    kvd_virsh list --name 2> /dev/null > "$KV_W/domains"
    while IFS= read -r domain; do
      [ -n "$domain" ] || continue
      kvd_quote "$domain"
      asked="${asked}domiflist --domain $KVD_QUOTED; "
    done < "$KV_W/domains"
    # Interface, type, source, model, MAC.
    [ -z "$asked" ] || kvd_virsh "$asked" 2> /dev/null | awk -v bridge="$1" '$2 == "bridge" && $3 == bridge { print $1 }'
  done
}
