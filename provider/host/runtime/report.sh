# report.sh: what the client is told. $KV_W/report is a list: `=LINE` a line, `<PATH` the lines of a file as content, `&PATH`
# a file as it is, `.` the end. It has its room before anything is changed, and is written over that.

kv_begin_report() { { printf '%65536s' '' > "$KV_W/report"; } 2> /dev/null && exec 8<> "$KV_W/report"; }
kv_say() { printf '=%s\n' "$1" >&8; }
kv_text() { printf '<%s\n' "$1" >&8; }
kv_raw() { printf '&%s\n' "$1" >&8; }
kv_note() { printf '%s\n' "$1" >> "$KV_M.notes"; }
kv_say_notes() { while IFS= read -r KV_LINE; do kv_say ">note $KV_LINE"; done < "$KV_M.notes"; }

kv_say_failure() {
  kv_say ">member $KV_N failed ${KV_CODE:-apply-failed}"
  kv_say ">about ${KV_ABOUT:-the plan}"
  kv_text "$KV_M.detail"
}

# What a member's objects are like now.
kv_report_objects() {
  local seq action shared kind enc name
  while IFS=$KV_TAB read -r seq action shared kind enc name <&3; do
    kv_key
    case $action in
      new | put | adopt | same)
        kv_say ">object $KV_KEY"
        # The report stays for a while, for a client that asks again.
        if kv_secret "$kind"; then
          :
        elif [ -e "$KV_M.$seq.seen" ]; then
          kv_text "$KV_M.$seq.seen"
        else
          kv_text "$KV_M.$seq.text"
        fi
        ;;
      drop) kv_say ">absent $KV_KEY" ;;
    esac
  done 3< "$KV_M.todo"
}

kv_reads() {
  local n=0
  while [ -e "$KV_M.r$n" ]; do
    KVR_OUT=$KV_M.r$n.out
    read_one "$KV_M.r$n" > "$KVR_OUT" 2>> "$KV_M.detail"
    kv_say ">read $n"
    kv_text "$KVR_OUT"
    n=$((n + 1))
  done
}

# Which machine this is.
kv_host() {
  kv_line /etc/machine-id
  [ -n "$KV_LINE" ] || kv_line /var/lib/dbus/machine-id
  [ -n "$KV_LINE" ] || { kv_line /proc/sys/kernel/hostname; KV_LINE=name-$KV_LINE; }
  KV_HOST=$KV_LINE
}

# Puts the report where the channel finds it, whole or not at all.
kv_publish() {
  echo . >&8
  # What was kept for an undo is enough for this.
  kv_free_room "$KV_W"
  awk -v head=">$1 $KV_ID" -v host=">host $KV_HOST" -v tail=">end $KV_ID" '
    BEGIN { print head; print host }
    $0 == "." { exit }
    { path = substr($0, 2) }
    /^=/ { print path }
    /^</ { while ((getline line < path) > 0) print "|" line; close(path) }
    /^&/ { while ((getline line < path) > 0) print line; close(path) }
    END { print tail }' "$KV_W/report" > "$KV_W/out" && mv -f "$KV_W/out" "$KV_RUN/tx/$KV_ID.report"
  rm -rf "$KV_W"
  # Reports are kept for clients that ask again; now and then old ones go.
  set -- "$KV_RUN"/tx/*.report
  [ $# -lt 50 ] || find "$KV_RUN/tx" -mindepth 1 -maxdepth 1 -mmin +60 -exec rm -rf {} + 2> /dev/null
}
