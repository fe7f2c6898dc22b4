# sysctl.sh: kind `sysctl net.ipv4.ip_forward` (or with slashes, for interfaces with a dot in their name): the live value.
# What a boot sets is a file of its own. Usually shared: the last to need it puts back the value found by the first.

# Sets KVS_PATH.
kvs_path() {
  local rest="$1"
  case $rest in
    */*) KVS_PATH=/proc/sys/$rest ;;
    *)
      KVS_PATH=/proc/sys
      while [ -n "$rest" ]; do
        KVS_PATH=$KVS_PATH/${rest%%.*}
        case $rest in *.*) rest=${rest#*.} ;; *) rest='' ;; esac
      done
      ;;
  esac
}
# Turning forwarding on or off also resets settings of every interface (ip_forward 0→1→0 turns all.accept_redirects from 0
# to 1). Prints all that it may reset, `PATH:VALUE` a line.
kvs_neighbours() {
  case $1 in
    net.ipv4.ip_forward | net.ipv4.conf.all.forwarding) grep -rs '' /proc/sys/net/ipv4/conf ;;
    # `stable_secret` cannot be read as long as nobody has set it.
    net.ipv6.conf.all.forwarding) grep -rs '' /proc/sys/net/ipv6/conf || [ $? = 2 ] ;;
  esac
}
# Sets KVS_VALUE; the kernel separates by tabs, people by spaces.
kvs_value() {
  local line=''
  kvs_path "$1"
  [ -f "$KVS_PATH" ] && read -r line < "$KVS_PATH" 2> /dev/null || [ -n "$line" ] || return 1
  set -f
  # shellcheck disable=SC2086
  set -- $line
  set +f
  KVS_VALUE="$*"
}
kvs_write() {
  kvs_value "$1" || { echo "this kernel has no $1" >&2; return 1; }
  # Even writing the value that is there resets the neighbours.
  [ "$KVS_VALUE" = "$2" ] || printf '%s\n' "$2" > "$KVS_PATH"
}

sysctl_tracked() { :; }
sysctl_check() {
  case $1 in
    *[!A-Za-z0-9_./-]* | *..* | /* | */ | *//* | .* | *.) return 1 ;;
    net?*) ;;
    *) return 1 ;;
  esac
}
sysctl_target() { KV_TARGET=''; }
sysctl_present() { kvs_value "$1"; }
sysctl_observe() { kvs_value "$1" && printf '%s\n' "$KVS_VALUE"; }
sysctl_stage() { kvs_value "$1" || { echo "this kernel has no $1" >&2; return 1; }; }
sysctl_save() {
  kvs_value "$1" || return 0
  printf '%s\n' "$KVS_VALUE" > "$2.text"
  kvs_neighbours "$1" > "$2.neighbours"
}
sysctl_apply() {
  kv_line "$2"
  kvs_write "$1" "$KV_LINE"
}
sysctl_remove() { :; }
# Puts back the value, and of the neighbours those that doing so changed: what somebody set meanwhile stays.
sysctl_undo() {
  [ -z "$KV_BOOT" ] && [ -f "$2.text" ] && kvs_value "$1" || return 0
  kv_line "$2.text"
  [ "$KVS_VALUE" != "$KV_LINE" ] || return 0
  kvs_neighbours "$1" > "$KV_W/neighbours"
  kvs_write "$1" "$KV_LINE" || return
  kvs_neighbours "$1" > "$KV_W/neighbours.after"
  awk -v saved="$2.neighbours" -v before="$KV_W/neighbours" '
    function path(s) { sub(/:[^:]*$/, "", s); return s }
    BEGIN {
      while ((getline line < saved) > 0) first[path(line)] = line
      while ((getline line < before) > 0) had[path(line)] = line
    }
    { p = path($0) }
    (p in first) && $0 != had[p] && $0 != first[p] { print first[p] }
  ' "$KV_W/neighbours.after" > "$KV_W/neighbours.back"
  while IFS= read -r KV_LINE; do
    printf '%s\n' "${KV_LINE##*:}" > "${KV_LINE%:*}"
  done < "$KV_W/neighbours.back"
}
sysctl_resume() { :; }
sysctl_touch() { :; }
sysctl_settle() { :; }
sysctl_cuts() { false; }
