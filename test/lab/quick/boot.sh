#!/bin/sh
# Runs as process 1 of new pid, mount, network, uts and ipc namespaces: makes ROOT look like a machine and becomes its systemd.
# Usage: boot.sh ROOT CGROUP KEEPER, KEEPER being the pid whose network namespace is the outside.
set -eu
ROOT=$1 CGROUP=$2 KEEPER=$3
if [ "${4-}" != entered ]; then
  # A cgroup namespace is rooted at the cgroup of whoever makes it. unshare's waiting parent must stay out of that cgroup, or
  # systemd could not hand controllers down from it.
  echo 0 > "$CGROUP/cgroup.procs"
  exec unshare --cgroup -- sh "$0" "$ROOT" "$CGROUP" "$KEEPER" entered
fi
# /proc is still the outer one, so this is the pid as the machine sees it.
read -r pid rest < /proc/self/stat
ip link add eth0 address "$(printf '52:54:00:ee:%02x:%02x' $((KEEPER / 256 % 256)) $((KEEPER % 256)))" \
  type veth peer name uplink netns "/proc/$KEEPER/ns/net"
# Built into this kernel and on by default in each new namespace; on a host where nobody loaded the module it is off.
for table in iptables ip6tables arptables; do
  key=/proc/sys/net/bridge/bridge-nf-call-$table
  [ ! -e "$key" ] || echo 0 > "$key"
done

read_only() { [ ! -e "$1" ] || { mount --bind "$1" "$1" && mount -o remount,bind,ro "$1"; }; }
mount -t proc -o nosuid,nodev,noexec proc "$ROOT/proc"
# Only the network's settings belong to the namespace; a write to any other would change the machine.
mount --bind "$ROOT/proc/sys" "$ROOT/proc/sys"
mount --bind "$ROOT/proc/sys/net" "$ROOT/proc/sys/net"
mount -o remount,bind,ro "$ROOT/proc/sys"
read_only "$ROOT/proc/sysrq-trigger"
# Writable /sys is what makes udevd start, and networkd wait for it, as on a real host. The machine's own parts are read-only.
mount -t sysfs -o nosuid,nodev,noexec sysfs "$ROOT/sys"
for part in block bus firmware kernel module power; do read_only "$ROOT/sys/$part"; done
mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 "$ROOT/sys/fs/cgroup"

mount -t tmpfs -o mode=755,nosuid,size=1m dev "$ROOT/dev"
mkdir "$ROOT/dev/net" "$ROOT/dev/pts" "$ROOT/dev/shm" "$ROOT/dev/mqueue"
# Nodes of its own: what a host's init and udev do to them (its console is not for everybody) is not this machine's matter.
node() { mknod -m 666 "$ROOT/dev/$2" c "0x$(stat -c %t "/dev/$1")" "0x$(stat -c %T "/dev/$1")"; }
for node in null zero full random urandom tty net/tun fuse; do [ ! -e "/dev/$node" ] || node "$node" "$node"; done
node null console
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$ROOT/dev/pts"
mount -t tmpfs -o mode=1777,nosuid,nodev shm "$ROOT/dev/shm"
ln -s pts/ptmx "$ROOT/dev/ptmx"
ln -s /proc/self/fd "$ROOT/dev/fd"
for name in 0:stdin 1:stdout 2:stderr; do ln -s "/proc/self/fd/${name%%:*}" "$ROOT/dev/${name#*:}"; done

cd "$ROOT"
pivot_root . mnt
umount -l /mnt
echo "pid $pid"
exec < /dev/null > /dev/null 2>&1
exec env -i container=kvmnet PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin /sbin/init
