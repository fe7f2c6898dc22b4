#!/bin/sh
# Process 1 of a lab guest: serves its name over HTTP, and runs a DHCP client on whatever NIC it has at the time.
name=$1
# The kernel ignores a signal to process 1 that has no handler, and the host's shutdown would wait for this guest.
trap 'exit 0' TERM INT PWR
ip link set lo up
httpd -p 80 -h /www
was=
while :; do
  # Index and name: a NIC that was detached and attached again is another one.
  now=$(ip -o link | sed -n 's/^\([0-9]*\): \([^:@]*\).*/\1 \2/p' | grep -v ' lo$' | tail -n 1)
  if [ "$now" != "$was" ]; then
    [ -z "$client" ] || kill "$client"
    client=
    was=$now
    if [ -n "$now" ]; then
      ip link set "${now#* }" up
      udhcpc -f -i "${now#* }" -s /udhcpc.sh -x "hostname:$name" -t 3 -T 1 -A 1 &
      client=$!
    fi
  fi
  sleep 1
done
