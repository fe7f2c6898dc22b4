# file.sh: kinds `file PATH` (0644) and `private PATH` (0600), root's. A text is the content.

kvf_check() {
  case $1 in
    */ | */../* | */./* | *//* | */.. | */.) return 1 ;;
    /?*) ;;
    *) return 1 ;;
  esac
}
kvf_present() { [ -e "$1" ] || [ -L "$1" ]; }
kvf_observe() {
  local found
  [ -f "$1" ] || return 1
  cat "$1"
  found=$(stat -c '%a %u:%g' "$1")
  [ "$found" = "$2 0:0" ] || printf '# missing: mode %s 0:0\n# found: mode %s\n' "$2" "$found"
}
kvf_save() {
  if kvf_present "$1"; then
    [ ! -d "$1" ] || { echo "$1 is a directory" >&2; return 1; }
    # The file itself, with its owner, mode and times, or the symbolic link.
    cp -a "$1" "$2.raw"
  fi
}
kvf_undo() {
  if [ -e "$2.raw" ] || [ -L "$2.raw" ]; then
    # Where no note of it can be made it comes back all the same.
    kv_note_staged "$1" 2> /dev/null || :
    mkdir -p "${1%/*}" || return
    rm -f "$KV_STAGED"
    cp -a "$2.raw" "$KV_STAGED" && kv_place "$1"
  else
    kv_unplace "$1"
  fi
}

file_tracked() { :; }
file_check() { kvf_check "$@"; }
file_target() { KV_TARGET=$1; }
file_present() { kvf_present "$@"; }
file_observe() { kvf_observe "$1" 644; }
file_stage() { kv_stage "$1" 022 cat "$2"; }
file_save() { kvf_save "$@"; }
file_apply() { kv_place "$1"; }
file_remove() { kv_unplace "$1"; }
file_undo() { kvf_undo "$@"; }
file_resume() { :; }
file_touch() { :; }
file_settle() { :; }
file_cuts() { false; }

private_tracked() { :; }
private_check() { kvf_check "$@"; }
private_target() { KV_TARGET=$1; }
private_present() { kvf_present "$@"; }
private_observe() { kvf_observe "$1" 600; }
private_stage() { kv_stage "$1" 077 cat "$2"; }
private_save() { kvf_save "$@"; }
private_apply() { kv_place "$1"; }
private_remove() { kv_unplace "$1"; }
private_undo() { kvf_undo "$@"; }
private_resume() { :; }
private_touch() { :; }
private_settle() { :; }
private_cuts() { false; }
