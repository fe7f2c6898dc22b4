# flows.sh: what becomes of established flows when elements change.

# kve_flows: established flows follow conntrack, not the maps. Those that a changed or removed forward carries are cut, and
# those of UDP that came to the host's port, or to what is intercepted, before that was so. It never fails a transaction.
kve_flows() {
  [ -s "$KV_W/forwards" ] && command -v conntrack > /dev/null || return 0
  # Listed once, whatever the number of forwards: each selective delete walks the kernel's whole table.
  { conntrack -L; conntrack -L -f ipv6; } 2> /dev/null | awk -v forwards="$KV_W/forwards" '
    BEGIN {
      while ((getline line < forwards) > 0) {
        split(line, w, " ")
        split(w[3], range, "-")
        last = range[2] == "" ? range[1] : range[2]
        for (p = range[1]; p <= last; p++)
          if (w[1] == "-") old[w[2], p, w[4]] = w[5]
          else if (w[6] != "") seized[p, w[6]] = w[5]
          else if (w[2] == "udp") fresh[p] = w[5]
      }
    }
    {
      dst = port = reply = ""; sources = 0
      for (i = 1; i <= NF; i++) {
        if ($i ~ /^dst=/ && dst == "") dst = substr($i, 5)
        if ($i ~ /^dport=/ && port == "") port = substr($i, 7)
        if ($i ~ /^src=/ && ++sources == 2) reply = substr($i, 5)
      }
      # A flow that nobody redirected has its destination answer.
      direct = $1 == "udp" && reply == dst
      if (direct && ((port, dst) in seized)) print seized[port, dst], $1, port, dst, reply, "seized"
      else if (($1, port, reply) in old) print old[$1, port, reply], $1, port, dst, reply, "ours"
      else if (direct && (port in fresh)) print fresh[port], $1, port, dst, reply, "ours"
    }' | sort -u > "$KV_W/flows"
  local member proto port dst reply whose family number last='' count=0
  while read -r member proto port dst reply whose; do
    case $dst in *:*) family=ipv6 ;; *) family=ipv4 ;; esac
    # Flows through us to somebody else are not ours to cut.
    [ "$reply" != "$dst" ] || [ "$whose" = seized ] || ip -o addr show to "$dst" 2> /dev/null | grep -q . || continue
    number=$(conntrack -D -f "$family" -p "$proto" --orig-port-dst "$port" --orig-dst "$dst" --reply-src "$reply" 2> /dev/null | grep -c .)
    [ "$member" = "$last" ] || kve_cut "$last" "$count"
    [ "$member" = "$last" ] || count=0
    last=$member count=$((count + number))
  done < "$KV_W/flows"
  kve_cut "$last" "$count"
  return 0
}
# kve_cut MEMBER COUNT: tells the user of that member.
kve_cut() {
  local KV_M="$KV_W/$1"
  [ "$2" = 0 ] || kv_note "$2 established flows cut"
}
