# probes.sh: questions to the network, all at once and each for a short time. They change nothing but caches.
#
#   gateway LINK ADDRESS answers|silent NEIGHBOUR-STATE     ping, and what the neighbour table says after it
#   from ADDRESS GATEWAY answers|silent                     ping with a bridge's address as its source
#   dns ADDRESS NOERROR|NXDOMAIN|SERVFAIL|REFUSED|OTHER|silent answers|silent    a question for a name, and ping
#   resolve ok|failed                                       what programs on the host get
#   out LINK ADDRESS UPLINK: WORDS, back LINK ADDRESS UPLINK: WORDS     the kernel's own word on a guest's packets

LOOK_NAME=example.com
LOOK_FAR=8.8.8.8

look_probes() {
  say probes
  has ip || return
  gateways=$(ip -4 route show default | awk '{ g = ""; d = ""; for (i = 1; i < NF; i++) { if ($i == "via") g = $(i + 1); if ($i == "dev") d = $(i + 1) } if (d != "") print d, g == "" ? "-" : g }' | sort -u | head -n 4)
  bridges=$(for sys in /sys/class/net/*/bridge; do
    [ -e "$sys" ] || continue
    sys=${sys%/bridge}
    ip -4 -o addr show dev "${sys##*/}" scope global
  done | awk '{ split($4, a, "/"); if (a[2] < 31) print $2, a[1] }' | head -n 32)
  {
    printf '%s\n' "$gateways" | while read -r link gateway; do
      [ -n "$gateway" ] && [ "$gateway" != - ] && has ping || continue
      look_gateway "$link" "$gateway" &
      printf '%s\n' "$bridges" | while read -r _ address; do
        [ -z "$address" ] || printf '|from %s %s %s\n' "$address" "$gateway" "$(look_ping -I "$address" "$gateway")" &
      done
    done
    look_servers | while read -r server; do look_dns "$server" & done
    look_resolve &
    look_routes
    wait
  } | cat
}

look_ping() { if bounded 2 ping -c 1 -W 1 "$@" > /dev/null 2>&1; then echo answers; else echo silent; fi; }

look_gateway() {
  answer=$(look_ping "$2")
  printf '|gateway %s %s %s %s\n' "$1" "$2" "$answer" "$(ip -4 neigh show to "$2" dev "$1" | awk '{ s = $NF } END { print s == "" ? "NONE" : s }')"
}

look_resolve() {
  has getent || return
  if bounded 4 getent ahostsv4 "$LOOK_NAME" > /dev/null; then echo '|resolve ok'; else echo '|resolve failed'; fi
}

# Whom the host asks, whom its dnsmasq ask, whom guests are told to ask, and the bridges' own.
look_servers() {
  {
    awk '$1 == "nameserver" { print $2 }' /etc/resolv.conf /run/systemd/resolve/resolv.conf
    for comm in $(grep -lsx dnsmasq /proc/[0-9]*/comm); do
      pid=${comm#/proc/}
      look_dnsmasq "${pid%/comm}"
    done | awk '{ sub(/^\|(arg --|conf )/, "") } /^server=/ { sub(/^server=(\/.*\/)?/, ""); sub(/[#@].*/, ""); print }
      /^dhcp-option=/ { n = split($0, w, ","); if ($0 ~ /[=,](6|option:dns-server),/) for (i = 2; i <= n; i++) print w[i] }'
    ! has ss || ss -Hlnu | awk '$4 ~ /:53$/ { sub(/:53$/, "", $4); sub(/%.*/, "", $4); print $4 }'
  } 2> /dev/null | grep -E '^[0-9]{1,3}(\.[0-9]{1,3}){3}$' | grep -vx 0.0.0.0 | sort -u | head -n 16
}

look_dns() {
  answer=$(look_ask "$1")
  [ -n "$answer" ] || return
  ping=-
  ! has ping || ping=$(look_ping "$1")
  printf '|dns %s %s %s\n' "$1" "$answer" "$ping"
}

# look_ask SERVER: the answer's status; nothing if there is nobody to ask with.
look_ask() {
  if has dig; then
    said=$(bounded 3 dig +time=1 +tries=2 "@$1" "$LOOK_NAME" A 2>&1)
  elif has perl; then
    bounded 3 perl -e '
      use IO::Socket::INET; use IO::Select;
      my @codes = qw(NOERROR OTHER SERVFAIL NXDOMAIN OTHER REFUSED);
      my $question = pack("n6", 0x6b76, 0x0100, 1, 0, 0, 0) . join("", map { pack("C/a*", $_) } split(/\./, $ARGV[1])) . pack("Cnn", 0, 1, 1);
      my $socket = IO::Socket::INET->new(PeerAddr => $ARGV[0], PeerPort => 53, Proto => "udp") or print("silent"), exit;
      for (1 .. 2) {
        defined($socket->send($question)) or last;
        IO::Select->new($socket)->can_read(1) or next;
        my $answer = "";
        defined($socket->recv($answer, 4096)) && length($answer) >= 12 or last;
        print $codes[unpack("n", substr($answer, 2, 2)) & 15] // "OTHER";
        exit;
      }
      print "silent"' "$1" "$LOOK_NAME" 2> /dev/null || echo silent
    return
  elif has nslookup; then
    said=$(bounded 3 nslookup "$LOOK_NAME" "$1" 2>&1)
  elif has busybox; then
    said=$(bounded 3 busybox nslookup "$LOOK_NAME" "$1" 2>&1)
  else
    return
  fi
  case $said in
    *"status: NOERROR"* | *Name:* | *"No answer"*) echo NOERROR ;;
    *SERVFAIL*) echo SERVFAIL ;;
    *REFUSED*) echo REFUSED ;;
    *NXDOMAIN*) echo NXDOMAIN ;;
    *) echo silent ;;
  esac
}

# A neighbour of the bridge's address stands for a guest. Nothing is sent.
look_routes() {
  printf '%s\n' "$bridges" | while read -r link address; do
    [ -n "$address" ] || continue
    last=${address##*.}
    if [ $((last % 2)) = 1 ]; then last=$((last + 1)); else last=$((last - 1)); fi
    guest=${address%.*}.$last
    printf '%s\n' "$gateways" | while read -r uplink _; do
      [ -n "$uplink" ] && [ "$uplink" != "$link" ] || continue
      printf '|out %s %s %s: %s\n' "$link" "$guest" "$uplink" "$(ip -4 route get "$LOOK_FAR" from "$guest" iif "$link" 2>&1 | tr '\n' ' ')"
      printf '|back %s %s %s: %s\n' "$link" "$guest" "$uplink" "$(ip -4 route get "$guest" from "$LOOK_FAR" iif "$uplink" 2>&1 | tr '\n' ' ')"
    done
  done
}
