# ufw.sh: kind `ufw LINK`: what ufw(8) lets through for an interface. Text: rules in ufw's own words, one a line, each of which
# ends in `on LINK`. ufw keeps them itself, over reloads and boots.

# kvuw_found LINK: the rules that name it, without comments.
kvuw_found() {
  ufw show added 2> /dev/null | sed -n "s/ comment '.*//; s/^ufw //p" | awk -v link="$1" '$(NF - 1) == "on" && $NF == link'
}
# kvuw_change LINK FROM TO [delete]: has ufw add, or delete, the rules of FROM that are not among TO.
kvuw_change() {
  local rule link="$1"
  while IFS= read -r rule <&4; do
    ! grep -Fqx "$rule" "$3" || continue
    # Words of ufw's: ufw_stage has seen to that.
    # shellcheck disable=SC2086
    case ${4:-}$rule in
      deleteroute\ *) ufw route delete ${rule#route } ;;
      delete*) ufw delete $rule ;;
      *) ufw $rule comment "kvmnet $link" ;;
    esac > /dev/null 9>&- || return
  done 4< "$2"
  kv_sync /etc/ufw/user.rules /etc/ufw/user6.rules /etc/ufw
}

ufw_tracked() { :; }
ufw_check() { link_check "$1"; }
ufw_target() { KV_TARGET=''; }
ufw_present() { command -v ufw > /dev/null && [ -n "$(kvuw_found "$1")" ]; }
ufw_observe() {
  kvuw_found "$1" > "$KV_O.found"
  [ -s "$KV_O.found" ] && kv_compare "$2" "$KV_O.found"
}
ufw_stage() {
  local rule
  command -v ufw > /dev/null || { echo 'ufw is not installed' >&2; return 1; }
  while IFS= read -r rule; do
    case $rule in
      "allow in on $1" | "route allow in on $1" | "route allow out on $1") ;;
      *) printf 'not understood: %s\n' "$rule" >&2; return 1 ;;
    esac
  done < "$2"
}
ufw_save() { ! ufw_present "$1" || kvuw_found "$1" > "$2.text"; }
ufw_apply() {
  kvuw_found "$1" > "$KV_O.found"
  kvuw_change "$1" "$2" "$KV_O.found" && kvuw_change "$1" "$3" "$2" delete
}
ufw_remove() { ! ufw_present "$1" || kvuw_change "$1" "$2" /dev/null delete; }
ufw_undo() {
  local was="$2.text"
  [ -f "$was" ] || was=/dev/null
  ufw_present "$1" || [ -s "$was" ] || return 0
  kvuw_found "$1" > "$KV_W/ufw"
  kvuw_change "$1" "$3" "$was" delete && kvuw_change "$1" "$was" "$KV_W/ufw"
}
ufw_resume() { :; }
ufw_touch() { :; }
ufw_settle() { :; }
ufw_cuts() { false; }
