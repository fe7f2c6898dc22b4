# names.sh: who gives guests addresses and names, and where the host gets its own.

look_names() {
  ! has ss || fact listeners ss -Hlntup
  say resolv
  cat /etc/resolv.conf | content
  fact resolv-path readlink -f /etc/resolv.conf
  say resolved
  cat /run/systemd/resolve/resolv.conf | content
  own=$(readlink /proc/self/ns/net)
  for comm in $(grep -lsx dnsmasq /proc/[0-9]*/comm); do
    pid=${comm#/proc/}
    pid=${pid%/comm}
    parent=$(awk '$1 == "PPid:" { print $2 }' "/proc/$pid/status")
    # Its helper is no server, and a container's is not of this network.
    [ "$(readlink "/proc/$pid/ns/net")" = "$own" ] && ! grep -qsx dnsmasq "/proc/$parent/comm" || continue
    say "dnsmasq $pid"
    look_dnsmasq "$pid"
  done
  for file in /var/lib/libvirt/dnsmasq/*.status; do
    [ -s "$file" ] || continue
    file=${file##*/}
    say "status ${file%.status}"
    content < "/var/lib/libvirt/dnsmasq/$file"
  done
}

# Of a configuration, which may hold secrets, no other values leave the host.
LOOK_TOLD='interface|except-interface|listen-address|port|server|dhcp-range|dhcp-option|dhcp-host|dhcp-lease-max|dhcp-leasefile'
LOOK_TOLD="$LOOK_TOLD|domain|local|address|host-record|cname|srv-host|addn-hosts|cache-size|local-ttl|dhcp-boot|tftp-root|enable-tftp"

# look_dnsmasq PID: `|arg …` what it was started with, `|conf …` its settings, `|other …` names of those whose values are not told,
# `|host …` and `|lease …` its files' lines, `|unit …` what it is kept by.
look_dnsmasq() {
  args=$(tr '\0\n' '\n ' < "/proc/$1/cmdline" | sed 1d)
  printf '%s\n' "$args" | sed -n 's/^--//p' | look_told arg
  confs=$(printf '%s\n' "$args" | look_paths conf-file C)
  dirs=$(printf '%s\n' "$args" | look_paths conf-dir 7)
  [ -n "$confs" ] || confs=/etc/dnsmasq.conf
  settings=$(look_conf "$confs")
  # A file may name others, and directories of them.
  more=$(printf '%s\n' "$settings" | sed -n 's/^conf-file=//p')
  [ -z "$more" ] || settings="$settings
$(look_conf $more)"
  for dir in $dirs $(printf '%s\n' "$settings" | sed -n 's/^conf-dir=\([^,]*\).*/\1/p'); do
    settings="$settings
$(look_conf "${dir%%,*}"/*)"
  done
  printf '%s\n' "$settings" | look_told conf
  all=$(printf '%s\n%s\n' "$settings" "$(printf '%s\n' "$args" | sed -n 's/^--//p')")
  printf '%s\n' "$all" | awk -F = '$1 == "dhcp-hostsfile" || $1 == "dhcp-hostsdir" { print $2 }' | while read -r path; do
    for file in "$path" "${path%/}"/*; do [ ! -f "$file" ] || awk '{ print "|host " $0 }' "$file"; done
  done
  leases=$(printf '%s\n' "$all" | awk -F = '$1 == "dhcp-leasefile" { print $2 }')
  [ -n "$leases" ] || leases=/var/lib/misc/dnsmasq.leases
  [ ! -f "$leases" ] || awk '{ print "|lease " $0 }' "$leases"
  sed -n 's,^[0-9]*:\(name=systemd\)\{0\,1\}:.*/\([^/]*\.service\)$,|unit \2,p' "/proc/$1/cgroup"
}

# look_told WORD: of settings, one a line; one without a value is told.
look_told() {
  awk -v word="$1" -v told="^($LOOK_TOLD)=" '
    !/=/ || $0 ~ told { print "|" word " " $0; next }
    { sub(/=.*/, ""); print "|other " $0 }'
}

# look_paths LONG SHORT: of words, one a line, the value of an option.
look_paths() {
  awk -v long="--$1" -v short="-$2" '
    next_one { print; next_one = 0; next }
    index($0, long "=") == 1 { print substr($0, length(long) + 2); next }
    $0 == long || $0 == short { next_one = 1; next }
    index($0, short) == 1 && length($0) > 2 && substr($0, 1, 2) != "--" { print substr($0, 3) }'
}

# look_conf FILE…: settings without blanks around `=`.
look_conf() {
  for file in "$@"; do [ ! -f "$file" ] || sed -n '/^[[:space:]]*[#]/d; s/^[[:space:]]*//; s/[[:space:]]*=[[:space:]]*/=/; s/[[:space:]]*$//; /./p' "$file"; done
}
