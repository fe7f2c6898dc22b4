# pass.sh: kinds `nftables LINK` and `iptables LINK`: rules of ours, for an interface, in chains of the host's own that drop what
# they do not know, whatever table they are in: those of nft(8), or of iptables(8) over nft and legacy. Text: the rules in the
# program's own words, each after its hook or chain. A rule goes before the end of the chain, not to its head: what the host
# drops by name it goes on to drop. Who owns the chain may load it anew at any time, so a unit puts ours back (kv_pass).

kvp_lines() {
  case $1 in
    nftables)
      printf '%s accept comment "kvmnet %s"\n' "forward iifname \"$2\"" "$2" "forward oifname \"$2\"" "$2" "input iifname \"$2\"" "$2"
      ;;
    iptables)
      printf '%s -m comment --comment "kvmnet %s" -j ACCEPT\n' "FORWARD -i $2" "$2" "FORWARD -o $2" "$2" "INPUT -i $2" "$2"
      ;;
  esac
}

# kvp_read VERB [TEXT [BY FAMILY]]: reads a listing of nft (-a) or iptables-save. VERB:
#   blockers    `OWNER<tab>WHAT` of each chain that drops what it does not know; the owner is BY where it can be nobody else
#   add         the commands by which each of those has the rules of TEXT
#   missing     the rules of TEXT that one of those lacks
#   delete      the commands by which no chain has a rule of TEXT
#   found       the rules of TEXT that any chain has
kvp_read() {
  awk -v verb="$1" -v text="${2:-/dev/null}" -v by="${3:-}" -v family="${4:-}" "$KV_TRIM"'
    # A rule without what counts, logs, limits and explains it.
    function bare(s) {
      s = " " s
      gsub(/"[^"]*"/, "\"\"", s)
      gsub(/ comment ""/, "", s)
      gsub(/ counter( name "")?( packets [0-9]+ bytes [0-9]+)?/, "", s)
      gsub(/ log( (prefix ""|(group|level|snaplen|queue-threshold) [a-z0-9]+|flags (all|skuid|ether|ip options|tcp [a-z,]+)))*/, "", s)
      gsub(/ limit (name ""|rate (over )?[0-9]+( [a-z]+)?\/[a-z]+( burst [0-9]+ [a-z]+)?)/, "", s)
      gsub(/ meta nftrace set [01]/, "", s)
      gsub(/ -m comment --comment (""|[^ ]+)/, "", s)
      gsub(/ -m limit --limit [^ ]+( --limit-burst [0-9]+)?/, "", s)
      gsub(/ -j (LOG|NFLOG)( --[a-z-]+( (""|[^- ][^ ]*))?)*( |$)/, " ", s)
      return trim(s)
    }
    # Nor what tells protocols apart: it is still about everybody.
    function wide(s) {
      s = " " bare(s)
      gsub(/ (meta )?(l4proto|nfproto|pkttype) ([{][^}]*[}]|[a-z0-9]+)/, "", s)
      gsub(/ (ip protocol|ip6 nexthdr) ([{][^}]*[}]|[a-z0-9-]+)/, "", s)
      gsub(/ -m pkttype --pkt-type [a-z]+| -p [a-z0-9-]+( -m (tcp|udp))?/, "", s)
      return trim(s)
    }
    function sends_away(s) { return s ~ /^(drop|reject|-j DROP|-j REJECT)( .*)?$/ }
    # To another chain that ends so.
    function leads_away(s, table,   w) {
      return split(s, w, " ") == 2 && w[1] ~ /^(jump|goto|-j|-g)$/ && ends[table, w[2]]
    }
    function final(s, table) { return s !~ /limit/ && (sends_away(bare(s)) || leads_away(bare(s), table)) }
    # A table of iptables-nft may be of several, and each lets through what its own chains are told.
    function owners(t, c, h,   s) {
      if (t ~ / firewalld$/) return "firewalld"
      s = (h == "forward" && docker[t] ? "docker " : "") (ufw[t] ? "ufw" : "")
      if (s != "") return s
      if (by != "") return by
      if (t ~ /^ip6? filter$/ && c ~ /^(FORWARD|INPUT)$/) return "iptables"
      return t ~ /^(ip|ip6|inet) / ? "nftables" : t
    }
    function enter(name) { chain = name; if (!((table, chain) in count)) { order[++chains] = table SUBSEP chain; count[table, chain] = 0 } }
    function note(s, handle) { rules[table, chain, ++count[table, chain]] = s; place[table, chain, count[table, chain]] = handle }

    /DOCKER-USER/ { docker[table] = 1 }
    /ufw-/ { ufw[table] = 1 }
    # iptables-save
    /^\*/ { table = substr($0, 2); saved = 1; next }
    /^:/ { enter(substr($1, 2)); if (chain ~ /^(FORWARD|INPUT)$/) { hook[table, chain] = tolower(chain); policy[table, chain] = tolower($2) }; next }
    saved && /^-A / { enter($2); s = $0; sub(/^-A [^ ]+ ?/, "", s); note(s, count[table, chain] + 1); next }
    # nft
    /^table / { table = $2 " " $3; chain = ""; if ($3 ~ /^kvmnet/) table = ""; next }
    table == "" || saved { next }
    /^\t[a-z]/ { chain = ""; if ($1 == "chain") enter($2); next }
    /^\t\t/ && chain != "" {
      s = $0; handle = ""
      if (match(s, / # handle [0-9]+$/)) { handle = substr(s, RSTART + 10); s = substr(s, 1, RSTART - 1) }
      s = trim(s)
      if (s ~ /^type [a-z]+ hook (forward|input) /) {
        match(s, / hook [a-z]+/); hook[table, chain] = substr(s, RSTART + 6, RLENGTH - 6)
        if (s ~ /policy drop/) policy[table, chain] = "drop"
      } else if (s !~ /^(type [a-z]+ hook|policy [a-z]+;$|comment "[^"]*"$)/) note(s, handle)
    }

    function command(s, t, c, end,   rest) {
      rest = s; sub(/^[^ ]+ /, "", rest)
      if (saved) print end ? "-I " c " " end " " rest : "-A " s
      else print end ? "insert rule " t " " c " position " end " " rest : "add rule " t " " c " " rest
    }
    function has(t, c, s,   i) { sub(/^[^ ]+ /, "", s); for (i = 1; i <= count[t, c]; i++) if (rules[t, c, i] == s) return i; return 0 }
    END {
      while ((getline line < text) > 0) wanted[++n] = line
      for (round = 0; round < 3; round++)
        for (i = 1; i <= chains; i++) { split(order[i], w, SUBSEP); if (count[w[1], w[2]] && final(rules[w[1], w[2], count[w[1], w[2]]], w[1])) ends[w[1], w[2]] = 1 }
      for (i = 1; i <= chains; i++) {
        split(order[i], w, SUBSEP); t = w[1]; c = w[2]; h = hook[t, c]
        if (h == "" || (saved && t != "filter")) continue
        whose = owners(t, c, h)
        why = policy[t, c] == "drop" ? "policy drop" : ""
        end = ""
        for (k = count[t, c]; k > 0; k--) {
          s = wide(rules[t, c, k])
          if (s != "" && !sends_away(s) && !leads_away(s, t)) break
          end = place[t, c, k]
          if (why == "" && final(rules[t, c, k], t)) why = rules[t, c, k]
        }
        if (verb == "blockers") {
          if (why == "") continue
          m = split(whose, owner, " ")
          if (m > 1 && t == whose) { owner[1] = t; m = 1 }
          for (k = 1; k <= m; k++) print owner[k] "\t" (family == "" ? "" : family " ") t " " c " (" h "): " why
          continue
        }
        # Names that nft would not print as they are said are nobody else either.
        if (!saved && (whose != "nftables" || t c !~ /^[A-Za-z0-9_.\/ -]+$/)) continue
        for (k = 1; k <= n; k++) {
          if (index(wanted[k], (saved ? c : h) " ") != 1) continue
          if (verb == "add" && why != "" && !has(t, c, wanted[k])) command(wanted[k], t, c, end)
          if (verb == "missing" && why != "" && !has(t, c, wanted[k]) && !said[k]++) print wanted[k]
          if (verb == "found" && has(t, c, wanted[k]) && !said[k]++) print wanted[k]
          if (verb == "delete")
            for (at = 1; at <= count[t, c]; at++) {
              s = wanted[k]; sub(/^[^ ]+ /, "", s)
              if (rules[t, c, at] == s) print saved ? "-D " wanted[k] : "delete rule " t " " c " handle " place[t, c, at]
            }
        }
      }
    }'
}

# Without counters, which change, and without what is in sets.
kvp_nft() { nft -s -t -a list ruleset; }
# kvp_programs TABLE: the programs of iptables that have it in force. Asking those of a legacy one otherwise would make it.
kvp_programs() {
  local six
  for six in '' 6; do
    ! command -v "ip${six}tables-nft-save" > /dev/null || ! kvn_split "ip$six $1" || ! kvn_exists 2> /dev/null || [ -z "$KVN_THERE" ] || echo "ip${six}tables-nft"
    ! command -v "ip${six}tables-legacy-save" > /dev/null || ! grep -qsx "$1" "/proc/net/ip${six}_tables_names" || echo "ip${six}tables-legacy"
  done
}
# kvp_ask KIND VERB TEXT: what kvp_read says of all listings.
kvp_ask() {
  local program
  case $1 in
    nftables) kvp_nft > "$KV_W/pass.list" && kvp_read "$2" "$3" < "$KV_W/pass.list" ;;
    iptables)
      for program in $(kvp_programs filter); do
        "$program-save" -t filter > "$KV_W/pass.list" && kvp_read "$2" "$3" < "$KV_W/pass.list" || return
      done | awk '!said[$0]++'
      ;;
  esac
}
# kvp_change KIND add|delete TEXT: in one transaction of each table's program. Sets KVP_CHANGED if there was anything to do.
kvp_change() {
  local program
  KVP_CHANGED=''
  case $1 in
    nftables)
      kvp_ask "$@" > "$KV_W/pass.do" || return
      [ -s "$KV_W/pass.do" ] || return 0
      KVP_CHANGED=1
      nft -f "$KV_W/pass.do"
      ;;
    iptables)
      for program in $(kvp_programs filter); do
        "$program-save" -t filter > "$KV_W/pass.list" && kvp_read "$2" "$3" < "$KV_W/pass.list" > "$KV_W/pass.do" || return
        [ -s "$KV_W/pass.do" ] || continue
        KVP_CHANGED=1
        { echo '*filter'; cat "$KV_W/pass.do"; echo COMMIT; } | "$program-restore" -w --noflush || return
      done
      ;;
  esac
}

# Where nothing drops, nothing is missing.
kvp_observe() {
  kvp_ask "$1" missing "$2" > "$KV_O.missing" || return 2
  awk -v missing="$KV_O.missing" '
    BEGIN { while ((getline line < missing) > 0) lacks[line] = 1 }
    { print ($0 in lacks ? "# missing: " : "") $0 }' "$2"
}
kvp_stage() {
  kvp_lines "$1" "$2" > "$KV_O.lines"
  awk -v lines="$KV_O.lines" '
    BEGIN { while ((getline line < lines) > 0) known[line] = 1 }
    !($0 in known) { print "not understood: " $0 > "/dev/stderr"; exit 1 }' "$3"
}
kvp_there() { kvp_lines "$1" "$2" > "$KV_W/pass.lines" && kvp_ask "$1" found "$KV_W/pass.lines"; }
kvp_remove() { kvp_lines "$1" "$2" > "$KV_W/pass.lines" && kvp_change "$1" delete "$KV_W/pass.lines"; }
kvp_undo() {
  local was="$3.text"
  [ -z "$KV_BOOT" ] || return 0
  [ -f "$was" ] || was=/dev/null
  kvp_lines "$1" "$2" | awk -v was="$was" '
    BEGIN { while ((getline line < was) > 0) kept[line] = 1 }
    !($0 in kept)' > "$KV_W/pass.lines"
  kvp_change "$1" delete "$KV_W/pass.lines" && kvp_change "$1" add "$was"
}

nftables_tracked() { :; }
nftables_check() { link_check "$1"; }
nftables_target() { KV_TARGET=''; }
nftables_present() { [ -n "$(kvp_there nftables "$1")" ]; }
nftables_observe() { kvp_observe nftables "$2"; }
nftables_stage() { kvp_stage nftables "$1" "$2"; }
nftables_save() { kvp_there nftables "$1" > "$2.text"; }
nftables_apply() { kvp_change nftables add "$2"; }
nftables_remove() { kvp_remove nftables "$1"; }
nftables_undo() { kvp_undo nftables "$1" "$2"; }
nftables_resume() { :; }
nftables_touch() { :; }
nftables_settle() { :; }
nftables_cuts() { false; }

iptables_tracked() { :; }
iptables_check() { link_check "$1"; }
iptables_target() { KV_TARGET=''; }
iptables_present() { [ -n "$(kvp_there iptables "$1")" ]; }
iptables_observe() { kvp_observe iptables "$2"; }
iptables_stage() { kvp_stage iptables "$1" "$2"; }
iptables_save() { kvp_there iptables "$1" > "$2.text"; }
iptables_apply() { kvp_change iptables add "$2"; }
iptables_remove() { kvp_remove iptables "$1"; }
iptables_undo() { kvp_undo iptables "$1" "$2"; }
iptables_resume() { :; }
iptables_touch() { :; }
iptables_settle() { :; }
iptables_cuts() { false; }

# Run by a unit: `pass KIND once` puts back what is missing of the kind, `pass KIND watch` does so whenever rules change.
kv_pass() {
  KV_BOOT=''
  kv_unasked "pass-$1" "pass-$1" || return
  case $2 in
    # Whoever starts the unit may hold the lock, and has seen to it then.
    once) ! flock -n 9 || kvp_again "$1" ;;
    watch) rm -f "$KV_W/dirty" && kvp_events "$1" | kvp_once | while read -r _; do
      # A burst is one.
      sleep 0.1 2> /dev/null || sleep 1
      rm -f "$KV_W/dirty"
      kvp_again "$1"
    done ;;
  esac
}
# kvp_events KIND: a line when rules may have changed. First it listens, then it says so once. Of the legacy tables nobody is
# told: those are looked at every other second, where there are any.
kvp_events() {
  local was='' now
  (sleep 0.2 2> /dev/null || sleep 1; echo) &
  [ "$1" = iptables ] || exec nft monitor ruleset 2>&1 9>&-
  nft monitor ruleset 2>&1 9>&- &
  # One that has ended, and was not waited for, has no program any more.
  while sleep 2 && [ -e "/proc/$!/exe" ]; do
    now=$(kvp_legacy | cksum)
    [ "$now" = "$was" ] || echo
    was=$now
  done
}
kvp_legacy() {
  local six
  for six in '' 6; do
    ! grep -qsx filter "/proc/net/ip${six}_tables_names" || "ip${six}tables-legacy" -w -S 2> /dev/null
  done
}
# Passes no line on while the last one has not been looked at.
kvp_once() {
  while read -r _; do
    [ -e "$KV_W/dirty" ] || { kv_empty "$KV_W/dirty" && echo; }
  done
}
# Under the lock of our own changes: what they remove is not in the registry any more.
kvp_again() {
  local entry
  flock 9
  for entry in "$KV_LIB/objects/$1%20"*; do
    [ -f "$entry/text" ] || continue
    kvp_change "$1" add "$entry/text"
    [ -z "$KVP_CHANGED" ] || printf 'put back: %s\n' "${entry##*%20}"
  done
  flock -u 9
}
