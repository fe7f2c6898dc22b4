# verify.sh: everything that a batch has changed is read back.

KV_SOON_SECONDS=5          # for all objects of a batch together

kv_verify() {
  local kind
  KV_HELD=' ' KV_UNTIL=''
  for kind in $KV_MANY; do "${kind}_held"; done
  kv_each_due kv_verify_objects
}
kv_verify_objects() {
  local seq action shared kind enc name
  while IFS=$KV_TAB read -r seq action shared kind enc name <&3; do
    case $action in
      new | put | adopt)
        kv_operation
        kv_key
        case $KV_HELD in
          *" $KV_O "*)
            # What was seen before the change is not so any more.
            [ ! -e "$KV_O.seen" ] || rm -f "$KV_O.seen"
            continue
            ;;
        esac
        kv_stands_soon || return
        ;;
    esac
  done 3< "$KV_M.todo"
}
# The object is as it should be, or becomes so: whoever keeps links (networkd) takes them up after a reload has ended, and on a
# busy host takes addresses away for a moment and gives them back.
kv_stands_soon() {
  until
    "${kind}_observe" "$name" "$KV_O.text" > "$KV_O.seen" 2> "$KV_O.lacks" || { [ $? = 2 ] || echo 'it is not there' >> "$KV_O.lacks"; false; } &&
      kv_holds "$KV_O.text" "$KV_O.seen" >> "$KV_O.lacks"
  do
    kv_uptime
    [ -n "$KV_UNTIL" ] || KV_UNTIL=$((KV_UPTIME + KV_SOON_SECONDS))
    if [ "$KV_UPTIME" -ge "$KV_UNTIL" ]; then
      cat "$KV_O.lacks" >> "$KV_M.detail"
      kv_fail verify-failed "$KV_KEY"
      return
    fi
    sleep 0.2 2> /dev/null || sleep 1
  done
}
