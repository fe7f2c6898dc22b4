# expect-ports.sh: the expectation `port-free`: nobody forwards the port, in the registry or in this batch, and no program listens.

# expect_port NUMBER PROTOCOL ADDRESS FIRST LAST INTERFACE: notes the port for expect_ports. `*` is any interface.
expect_port() {
  case $2:$4:$5 in tcp:*[!0-9:]* | udp:*[!0-9:]*) return 1 ;; tcp:?*:?* | udp:?*:?*) ;; *) return 1 ;; esac
  printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$KV_N" "$1" "$2" "$3" "$4" "$5" "$6" "$KV_OWNER" "$KV_FORMERLY" >> "$KV_W/ports"
}
# Are the ports that were noted free? Else the first that is not is the member's that fails.
expect_ports() {
  [ -s "$KV_W/ports" ] || return 0
  expect_unclaimed > "$KV_W/taken" && expect_silent > "$KV_W/taken" && return
  local member number
  { read -r member number; IFS= read -r KV_LINE; } < "$KV_W/taken"
  kv_member "${member:-$KV_N}"
  kv_fail unmet "expect ${number:-0}" "$KV_LINE"
}
# Prints member and number of the first port that somebody has already, and who it is.
expect_unclaimed() {
  # Other resources' forwards, live or not, whatever the table: a wildcard meets every address.
  printf '%s\n' "$KV_LIB"/objects/elements%20*/text | awk -v wants="$KV_W/ports" '
    function any(a) { return a == "" || a == "0.0.0.0" || a == "0.0.0.0/0" || a == "::" || a == "::/0" }
    function meet(i, first2, last2, there) {
      return first2 + 0 <= last[i] && last2 + 0 >= first[i] && (any(at[i]) || any(there) || at[i] == there)
    }
    function comes(i, there) { return by[i] == "*" || there == "*" || by[i] == there }
    # Of those with several targets the table itself says where they listen: sets `ats_of` and `bys_of`, addresses and interfaces; false
    # when it is no port of the host that it leads from.
    function listens(path,   table, line, s, inside, ours) {
      table = path; sub(/elements%20/, "ruleset%20", table); sub(/%20targets\/text$/, "/text", table)
      ats = bys = 1; ats_of[1] = ""; bys_of[1] = "*"; ours = 1
      while ((getline line < table) > 0) {
        if (line ~ /^\tchain /) inside = line ~ / prerouting /
        if (!inside) continue
        if (line ~ /fib daddr type != unicast return/) ours = 0
        if (line !~ /^\t\t(ip6? daddr|iifname) != .* return$/) continue
        s = line; sub(/^.* != /, "", s); sub(/ return$/, "", s); gsub(/[{}",]/, " ", s)
        if (line ~ /daddr/) ats = split(s, ats_of, " ")
        else bys = split(s, bys_of, " ")
      }
      close(table)
      return ours
    }
    function take(i, holder) { if (!(i in taken)) { taken[i] = holder; if (!worst || i < worst) worst = i } }
    BEGIN {
      while ((getline line < wants) > 0) {
        split(line, w, "\t")
        i = ++count
        id[i] = w[1] " " w[2]; member[i] = w[1]; proto[i] = w[3]; at[i] = w[4]; first[i] = w[5] + 0; last[i] = w[6] + 0
        by[i] = w[7]; mine[i] = w[8]; before[i] = w[9]; digit[i] = index(w[4], ":") ? "6" : "4"
        # Two of one batch: whoever is first there will have it.
        for (j = 1; j < i; j++)
          if (member[j] != member[i] && proto[j] == proto[i] && digit[j] == digit[i] && comes(i, by[j]) && meet(i, first[j], last[j], at[j]))
            take(i, "forward " mine[j])
        if (last[i] - first[i] < 16) for (p = first[i]; p <= last[i]; p++) ports = ports p "|"
        else all = 1
      }
      # Of very many forwards only those are taken apart that may have one of the ports: the same one, or a range.
      near = all ? "[.] [0-9]" : "[.] (" ports "[0-9]+-[0-9]+) :"
    }
    {
      path = $0
      ours = path
      sub(/text$/, "owner", ours)
      owner = ""
      getline owner < ours
      close(ours)
      others = 0
      for (i = 1; i <= count; i++) if (asks[i] = !(owner == mine[i] || (owner == before[i] && before[i] != ""))) others = 1
      if (!others) next
      led = path ~ /%20targets\/text$/
      if (led && !listens(path)) next
      if (!led) ats = bys = 1
      while ((getline line < path) > 0) {
        if (line !~ near || !index(line, " : ")) continue
        n = split(line, w, " ")
        # What guests dial elsewhere is no port of ours; and a port of the targets is none of the host.
        if (w[1] ~ /^intercept/ || w[1] == "ports") continue
        # MAP { [["INTERFACE" .] [SOURCE .] ADDRESS .] PROTO . PORT : TARGET . PORT }, or targets { SLOT . PROTO . PORT : TARGET }
        for (k = 3; k <= n; k++) if (w[k] == "tcp" || w[k] == "udp") break
        family = index(w[k + 4], ":") ? "6" : "4"
        split(w[k + 2], range, "-")
        if (!led) {
          ats_of[1] = k > 4 ? w[k - 2] : ""
          bys_of[1] = w[3] ~ /^"/ ? substr(w[3], 2, length(w[3]) - 2) : "*"
        }
        for (i = 1; i <= count; i++) {
          if (!asks[i] || digit[i] != family || w[k] != proto[i]) continue
          for (a = 1; a <= ats; a++) for (b = 1; b <= bys; b++)
            if (comes(i, bys_of[b]) && meet(i, range[1], range[2] == "" ? range[1] : range[2], ats_of[a]))
              take(i, "forward " owner " " w[k + 4] (led ? "" : ":" w[k + 6]))
        }
      }
      close(path)
    }
    END { if (worst) { print id[worst]; print taken[worst]; exit 1 } }'
}
# The same of programs that listen. Who it is takes long to find out on a big host, so that comes only when there is somebody.
expect_silent() {
  [ -e "$KV_W/listen" ] || ss -Hltnu > "$KV_W/listen" 2> /dev/null
  expect_silence "$KV_W/listen" > /dev/null && return
  ss -Hltnup > "$KV_W/listen" 2> /dev/null
  expect_silence "$KV_W/listen"
}
# expect_silence SOCKETS
expect_silence() {
  awk -v wants="$KV_W/ports" '
    BEGIN {
      while ((getline line < wants) > 0) {
        split(line, w, "\t")
        i = ++count
        id[i] = w[1] " " w[2]; proto[i] = w[3]; at[i] = w[4]; first[i] = w[5] + 0; last[i] = w[6] + 0; by[i] = w[7]
      }
    }
    $1 == "tcp" || $1 == "udp" {
      port = $5; sub(/.*:/, "", port)
      there = $5; sub(/:[^:]*$/, "", there)
      link = there; if (!sub(/.*%/, "", link)) link = ""
      sub(/%.*/, "", there)
      if (there ~ /^127\./ || there == "[::1]" || there ~ /^\[::ffff:127\./ || link == "lo") next
      six = there ~ /^\[/ && there !~ /^\[::ffff:/
      program = "a program"
      # users:(("sshd",pid=1,fd=3),…)
      if (match($0, /users:\(\("[^"]*"/)) program = substr($0, RSTART + 9, RLENGTH - 10)
      for (i = 1; i <= count; i++) {
        if ($1 != proto[i] || port + 0 < first[i] || port + 0 > last[i] || (worst && worst <= i)) continue
        if (by[i] != "*" && link != "" && link != by[i]) continue
        wild = there == "*" || there == "[::]" || there == (index(at[i], ":") ? "" : "0.0.0.0")
        if (at[i] != "0.0.0.0" && at[i] != "::" && !wild && there != at[i] && there != "[" at[i] "]" && there != "[::ffff:" at[i] "]") continue
        # An address of one family takes nothing away from a forward of the other.
        if (!wild && six != (index(at[i], ":") > 0)) continue
        worst = i
        found = "listens " program " " (there == "*" ? "0.0.0.0" : there) ":" port
      }
    }
    END { if (worst) { print id[worst]; print found; exit 1 } }' "$1"
}
