# planning.sh: what a member's operations come to on this host, whose objects they meet, and what need not be done.

# Decides what to do with each object, drops first: what they free (ports, names) others may take. Writes $KV_M.todo, like
# $KV_M.ops with VERB replaced by: new put adopt same touch drop release none.
kv_plan() {
  local seq verb shared kind enc name action drops='' others=''
  while IFS=$KV_TAB read -r seq verb shared kind enc name <&3; do
    kv_key
    if [ "$verb" = bad ] || ! "${kind}_check" "$name"; then
      kv_fail invalid "$KV_KEY" "not a name that this version of the runtime knows"
      return
    fi
    kv_operation
    case $verb in
      put)
        kv_plan_put 2>> "$KV_M.detail" || return
        others=$others$seq$KV_TAB$action$KV_TAB$shared$KV_TAB$kind$KV_TAB$enc$KV_TAB$name$KV_NL
        ;;
      touch) others=$others$seq$KV_TAB$verb$KV_TAB$shared$KV_TAB$kind$KV_TAB$enc$KV_TAB$name$KV_NL ;;
      drop)
        kv_plan_drop
        [ "$action" = none ] || drops=$drops$seq$KV_TAB$action$KV_TAB$shared$KV_TAB$kind$KV_TAB$enc$KV_TAB$name$KV_NL
        ;;
    esac
  done 3< "$KV_M.ops"
  printf '%s' "$drops$others" > "$KV_M.todo" || kv_fail apply-failed "$KV_RUN"
}

kv_plan_put() {
  action=put
  if [ "$shared" = 1 ]; then
    [ -e "$KV_ENTRY/key" ] || action=adopt
  elif [ -n "$KV_FORMER" ]; then
    :
  elif [ -e "$KV_ENTRY/owner" ]; then
    if ! kv_ours; then
      kv_fail conflict "$KV_KEY" "owner $KV_LINE"
      return
    fi
  elif "${kind}_present" "$name"; then
    if [ "$KV_ADOPT" != adopt ]; then
      kv_fail conflict "$KV_KEY" "it is there, and nobody's"
      return
    fi
    action=adopt
  else
    action=new
  fi
  # Applied as it is now wanted, and still so? Then nothing is done, which triggers nothing.
  if [ "$action" = put ] && { kv_secret "$kind" || cmp -s "$KV_OLD" "$KV_O.text"; } && "${kind}_observe" "$name" "$KV_O.text" > "$KV_O.seen" &&
    cmp -s "$KV_O.text" "$KV_O.seen"; then
    action=same
  fi
}

kv_plan_drop() {
  action=none
  if [ "$shared" = 1 ]; then
    kv_line "$KV_ENTRY/claims/$KV_OWNERENC"
    [ -n "$KV_FORMER" ] || { [ -n "$KV_LINE" ] && [ "$KV_LINE" = "$KV_NONCE" ]; } || return 0
    action=drop
    ! kv_claimed_by_others || action=release
  elif [ -n "$KV_FORMER" ]; then
    action=drop
  else
    kv_ours || return 0
    kv_line "$KV_ENTRY/nonce"
    [ "$KV_LINE" != "$KV_NONCE" ] || action=drop
  fi
}
