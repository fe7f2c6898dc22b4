# Installs Debian packages into a layer over a root file system: install.sh ROOT DIR PACKAGE…, in mounts of its own.
# What they bring is in DIR/layer afterwards.
set -eu
lower=$1 dir=$2
shift 2
root=$dir/root
mount -t overlay -o "lowerdir=$lower,upperdir=$dir/layer,workdir=$dir/work" layer "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --bind /etc/resolv.conf "$root/etc/resolv.conf"
# No service is started here.
printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
inside() { chroot "$root" env LC_ALL=C DEBIAN_FRONTEND=noninteractive "$@"; }
inside apt-get -q update
inside apt-get -q install -y --no-install-recommends "$@"
rm -rf "$root/usr/sbin/policy-rc.d" "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
umount -R "$root"
rm -rf "$root" "$dir/work"
