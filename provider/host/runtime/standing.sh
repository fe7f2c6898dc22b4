# standing.sh: a client that is about to ask for a whole stack's objects, a few at a time, learns of most of them at once.

# Prints, of the objects whose owner's URN begins as the member asks, and of shared ones, those that stand just as the
# registry has them. The others, and those that there was no time for, are asked for one by one.
kv_standing() {
  local prefix entry key kind name count=0 until
  kv_line "$KV_M.standing"
  prefix=$KV_LINE
  kv_uptime
  until=$((KV_UPTIME + 10))
  for entry in "$KV_LIB"/objects/* "$KV_LIB"/shared/*; do
    [ -f "$entry/text" ] || continue
    kv_line "$entry/owner"
    case $KV_LINE in "$prefix"* | '') ;; *) continue ;; esac
    kv_uptime
    [ "$KV_UPTIME" -lt "$until" ] || return 0
    kv_line "$entry/key"
    key=$KV_LINE
    name=${key#shared }
    kind=${name%% *}
    name=${name#* }
    count=$((count + 1))
    # A name of its own: kinds look for files that they left for an object.
    KV_ENC=${entry##*/} KV_ENTRY=$entry KV_O=$KV_M.standing.$count
    if "${kind}_observe" "$name" "$entry/text" > "$KV_O.seen" 2> /dev/null && cmp -s "$entry/text" "$KV_O.seen"; then
      kv_say ">object $key"
      kv_text "$entry/text"
    fi
  done
}
