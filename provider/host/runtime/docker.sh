# docker.sh: kind `docker LINK`: what Docker's firewall lets through for an interface, in the chain that it leaves to others
# (DOCKER-USER). Text: `accept in`, `accept out`. A unit brings it back after Docker's own start.

kvk_rule() { iptables -w "$1" DOCKER-USER "$2" "$3" -m comment --comment "kvmnet $3" -j ACCEPT 9>&-; }
# kvk_way in|out: sets KVK_WAY to the option.
kvk_way() { case $1 in in) KVK_WAY=-i ;; out) KVK_WAY=-o ;; *) return 1 ;; esac; }
kvk_found() {
  local way
  for way in in out; do
    kvk_way $way
    ! kvk_rule -C "$KVK_WAY" "$1" 2> /dev/null || echo "accept $way"
  done
}

docker_tracked() { :; }
docker_check() { link_check "$1"; }
docker_target() { KV_TARGET=''; }
docker_present() { command -v iptables > /dev/null && [ -n "$(kvk_found "$1")" ]; }
docker_observe() {
  docker_present "$1" || return
  kvk_found "$1" > "$KV_O.found"
  kv_compare "$2" "$KV_O.found"
}
docker_stage() {
  local word way
  command -v iptables > /dev/null || { echo 'iptables is not installed' >&2; return 1; }
  while read -r word way; do
    [ "$word" = accept ] && kvk_way "$way" || { printf 'not understood: %s %s\n' "$word" "$way" >&2; return 1; }
  done < "$2"
}
docker_save() { ! docker_present "$1" || kvk_found "$1" > "$2.text"; }
docker_apply() {
  local word way
  # Where Docker comes later it finds the chain, and keeps what is in it.
  iptables -w -N DOCKER-USER 2> /dev/null 9>&-
  while read -r word way; do
    kvk_way "$way"
    kvk_rule -C "$KVK_WAY" "$1" 2> /dev/null || kvk_rule -I "$KVK_WAY" "$1" || return
  done < "$2"
}
docker_remove() {
  local way
  command -v iptables > /dev/null || return 0
  for way in in out; do
    kvk_way $way
    while kvk_rule -C "$KVK_WAY" "$1" 2> /dev/null; do kvk_rule -D "$KVK_WAY" "$1" || return; done
  done
  # Docker's own stays: it is referred to.
  iptables -w -X DOCKER-USER 2> /dev/null 9>&- || return 0
  # With the chain came the table, where nothing else is in it.
  ! nft list table ip filter 2> /dev/null | awk '!/^#/ && NF { lines++ } END { exit lines != 2 }' || nft delete table ip filter || :
}
docker_undo() {
  [ -z "$KV_BOOT" ] || return 0
  if [ -f "$2.text" ]; then docker_apply "$1" "$2.text"; else docker_remove "$1"; fi
}
docker_resume() { :; }
docker_touch() { :; }
docker_settle() { :; }
docker_cuts() { false; }
