# networkmanager.sh: kind `networkmanager LINK`: NetworkManager has LINK active under a profile of ours, and with it a bridge and other
# ports of that. Text: `as PROFILE`, `with BRIDGE`, `port LINK` for each other. The profiles are files' matter (`private`): with them
# there, they are activated; with them gone, whatever other profile NetworkManager finds best for LINK.

KVG_DIR=/etc/NetworkManager/system-connections
KVG_SECONDS=30

kvg_nmcli() { nmcli --wait "$KVG_SECONDS" "$@" > "$KV_W/nmcli" 2>&1 9>&-; }
# kvg_get FIELD LINK
kvg_get() { nmcli --escape no --get-values "$1" device show "$2" 2> /dev/null 9>&-; }
# Prints the profile that is active on a link.
kvg_state() { kvg_get GENERAL.CONNECTION "$1"; }

# kvg_go LINK: as the files say by now.
kvg_go() {
  kvg_nmcli connection reload &&
    if [ -e "$KVG_DIR/$KVH_AS.nmconnection" ]; then
      kvg_join
    else
      kvg_hand_back "$1"
    fi && return
  tail -n 5 "$KV_W/nmcli" >&2
  return 1
}
# Activates the profiles of the bridge and of its ports that are not active. A bridge that is there has to be taken over: with its ports
# alone, it would stay somebody else's. A port that it has not made one itself it takes out again, perhaps after it has made it
# one: so it finds none.
kvg_join() {
  local profile link ports=''
  for profile in $(kvg_ports); do
    link=${profile#kvmnet-port-}
    link_present "$link" && [ "$(kvg_state "$link")" != "$profile" ] || continue
    ! port_present "$link" || ip link set dev "$link" nomaster || return
    ports="$ports $link"
  done
  [ "$(kvg_state "$KVH_WITH")" = "kvmnet-$KVH_WITH" ] || kvg_nmcli connection up id "kvmnet-$KVH_WITH" || return
  for link in $ports; do kvg_port "$link" || return; done
}
# Prints the profiles that have links be ports of the bridge.
kvg_ports() {
  local path
  for path in "$KVG_DIR"/kvmnet-port-*.nmconnection; do
    ! grep -qsxF "master=$KVH_WITH" "$path" || { path=${path##*/}; printf '%s\n' "${path%.nmconnection}"; }
  done
}
kvg_port() {
  local tries=0
  kvg_nmcli connection up id "kvmnet-port-$1" || return
  until kvp_master "$1" && [ "$KVP_MASTER" = "$KVH_WITH" ]; do
    [ "$tries" -lt 50 ] || { echo "$1 has not become a port of $KVH_WITH" > "$KV_W/nmcli"; return 1; }
    tries=$((tries + 1))
    sleep 0.1 2> /dev/null || sleep 1
  done
}
# Whatever it would have made of the link without us.
kvg_hand_back() {
  local tries=0
  # Addresses that were put back meanwhile it takes for somebody else's: nobody would renew a lease.
  case $(kvg_get GENERAL.STATE "$1") in *externally*) kvg_nmcli device disconnect "$1" || return ;; esac
  if [ -n "$(kvg_get CONNECTIONS.AVAILABLE-CONNECTION-PATHS "$1")" ]; then
    kvg_nmcli device connect "$1"
    return
  fi
  # Profiles of its own (`Wired connection 1`) it makes at its start.
  kvu_systemctl restart NetworkManager.service || return
  until [ -n "$(kvg_state "$1")" ] && case $(kvg_get GENERAL.STATE "$1") in 100*) ;; *) false ;; esac; do
    [ "$tries" -lt "$KVG_SECONDS" ] || { echo "it has no profile for $1" > "$KV_W/nmcli"; return 1; }
    tries=$((tries + 1))
    sleep 1
  done
}
# Has it forget our profiles while their files are there still: it would make a bridge again that is taken from it. Where nobody may
# write, it would instead learn of some that it never heard of.
kvg_forget() {
  local name hidden=1
  for name in "kvmnet-$KVH_WITH" $(kvg_ports); do
    [ ! -e "$KVG_DIR/$name.nmconnection" ] || mv -f "$KVG_DIR/$name.nmconnection" "$KVG_DIR/.$name.kvmnet" || hidden=''
  done
  [ -z "$hidden" ] || kvg_nmcli connection reload || :
  kvg_show
}
# Brings back what is hidden, by one who was killed meanwhile, too.
kvg_show() {
  local path name
  for path in "$KVG_DIR"/.kvmnet-*.kvmnet; do
    name=${path##*/.}
    [ ! -e "$path" ] || mv -f "$path" "$KVG_DIR/${name%.kvmnet}.nmconnection" || :
  done
}

# Before NetworkManager reads its files again: what networkd keeps stays networkd's. An interface that it is no longer told to leave alone
# it would configure, by DHCP as a rule, and first take away what is there: the way to the host, if that is the uplink. It leaves
# those alone that it is told of here until the next boot (nmcli(1), "device set"), and then takes what is there as it is.
kvg_spare() {
  local name state kind owner index
  nmcli --terse --escape no --fields DEVICE,STATE device > "$KV_W/nm.devices" 2> /dev/null 9>&- || return 0
  while IFS=: read -r name state; do
    [ "$state" = unmanaged ] || continue
    facts_link "$name"
    [ "$owner" = networkd ] || continue
    nmcli device set "$name" managed no > /dev/null 2>&1 9>&- || :
  done < "$KV_W/nm.devices"
}

networkmanager_tracked() { :; }
networkmanager_check() { link_check "$1"; }
networkmanager_target() { KV_TARGET=''; }
# Some profile is active on it: that is what is changed, and comes back.
networkmanager_present() { return 1; }
networkmanager_observe() {
  local state port
  kvh_read "$2"
  state=$(kvg_state "$1")
  [ -n "$state" ] || return 1
  {
    printf 'as %s\n' "$state"
    [ "$(kvg_state "$KVH_WITH")" != "kvmnet-$KVH_WITH" ] || printf 'with %s\n' "$KVH_WITH"
    for port in $KVH_PORTS; do
      [ "$(kvg_state "$port")" != "kvmnet-port-$port" ] || printf 'port %s\n' "$port"
    done
  } > "$KV_O.found"
  kv_compare "$2" "$KV_O.found"
}
networkmanager_stage() { kvh_stage "$2"; }
networkmanager_save() { [ ! -f "$KV_OLD" ] || cp "$KV_OLD" "$2.text"; }
networkmanager_apply() {
  kvh_read "$2"
  kvg_go "$1"
}
# Its files go after it: what comes then is settled in networkmanager_settle.
networkmanager_remove() {
  kvh_read "$2"
  kvg_forget
  printf '%s %s %s\n' "$1" "$KVH_AS" "$KVH_WITH" >> "$KV_M.networkmanager"
}
networkmanager_settle() {
  local name
  [ -f "$KV_M.networkmanager" ] || return 0
  while read -r name KVH_AS KVH_WITH <&4; do kvg_go "$name" || return; done 4< "$KV_M.networkmanager"
  rm -f "$KV_M.networkmanager"
}
# An update leaves bridge and link as they are.
networkmanager_undo() {
  kvg_show
  [ -z "$KV_BOOT" ] && [ -e "/sys/class/net/$1" ] && ! { [ -s "$3" ] && [ -f "$2.text" ]; } || return 0
  kvh_either "$3" "$2"
  kvg_forget
}
networkmanager_resume() {
  [ -z "$KV_BOOT" ] && [ -e "/sys/class/net/$1" ] || return 0
  kvh_either "$KV_O.text" "$2"
  # As in notify_resume: a bridge without its port is of no use.
  [ -z "$KV_HALF" ] || [ -e "$KVG_DIR/$KVH_AS.nmconnection" ] || return 0
  kvg_go "$1"
}
networkmanager_touch() { :; }
networkmanager_cuts() { kv_on_path "$1"; }
