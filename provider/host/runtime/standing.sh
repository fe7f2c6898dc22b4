# standing.sh: a client that is about to ask for a whole stack's objects, a few at a time, learns of most of them at once.

# Prints, of the objects whose owner's URN begins as the member asks, and of shared ones, those that stand just as the
# registry has them, secret ones (of which it has no text) as they are, and what their owners want to know besides. The others, and what there was no time for, are asked for
# one by one.
kv_standing() {
  local prefix entry key kind name text count=0 until
  kv_line "$KV_M.standing"
  prefix=$KV_LINE
  kv_uptime
  until=$((KV_UPTIME + 10))
  set --
  for entry in "$KV_LIB"/objects/* "$KV_LIB"/shared/*; do
    [ -f "$entry/key" ] || continue
    kv_line "$entry/owner"
    case $KV_LINE in "$prefix"* | '') ;; *) continue ;; esac
    kv_uptime
    [ "$KV_UPTIME" -lt "$until" ] || break
    [ ! -f "$entry/reads" ] || set -- "$@" "$entry/reads"
    kv_line "$entry/key"
    key=$KV_LINE
    name=${key#shared }
    kind=${name%% *}
    name=${name#* }
    count=$((count + 1))
    # A name of its own: kinds look for files that they left for an object.
    KV_ENC=${entry##*/} KV_ENTRY=$entry KV_O=$KV_M.standing.$count
    text=$entry/text
    ! kv_secret "$kind" || text=$KV_O.seen
    if "${kind}_observe" "$name" "$text" > "$KV_O.seen" 2> /dev/null && cmp -s "$text" "$KV_O.seen"; then
      kv_say ">object $key"
      kv_text "$text"
    fi
  done
  [ $# = 0 ] || kv_standing_reads "$@"
}

# kv_standing_reads FILE…: the answer to each read that is in the files, once.
kv_standing_reads() {
  local n=0
  awk -v prefix="$KV_M.live" '!seen[$0]++ {
    n++
    file = prefix n
    print > (file ".words")
    gsub(/\t/, "\n")
    print > file
    close(file); close(file ".words")
  }' "$@"
  while n=$((n + 1)) && [ -e "$KV_M.live$n" ]; do
    KVR_OUT=$KV_M.live$n.out
    read_one "$KV_M.live$n" > "$KVR_OUT" 2> /dev/null
    kv_line "$KV_M.live$n.words"
    kv_say ">live $KV_LINE"
    kv_text "$KVR_OUT"
  done
}
