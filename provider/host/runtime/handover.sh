# handover.sh: what kinds have in common by which whoever keeps a NIC (ifupdown, NetworkManager) has it be the port of a bridge.
# Text: `as PROFILE`, the one of ours under which the NIC is up; `with BRIDGE`, which is up with it; `port LINK`, another port of that.

# Sets KVH_AS, KVH_WITH and KVH_PORTS, between blanks, from a text.
kvh_read() {
  local word value
  KVH_AS='' KVH_WITH='' KVH_PORTS=''
  [ -f "$1" ] || return 0
  while read -r word value; do
    case $word in
      as) KVH_AS=$value ;;
      with) KVH_WITH=$value ;;
      port) KVH_PORTS="$KVH_PORTS $value" ;;
    esac
  done < "$1"
}
# kvh_either NEW SAVED: reads what was to be, or what was.
kvh_either() { if [ -s "$1" ]; then kvh_read "$1"; else kvh_read "$2.text"; fi; }
kvh_stage() {
  local word value
  while read -r word value; do
    case $word in
      as) case $value in kvmnet-port-?*) link_check "${value#kvmnet-port-}" ;; *) false ;; esac ;;
      with | port) link_check "$value" ;;
      *) false ;;
    esac || { printf 'not understood: %s %s\n' "$word" "$value" >&2; return 1; }
  done < "$1"
}
