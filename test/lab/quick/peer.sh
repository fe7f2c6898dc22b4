#!/bin/sh
# Runs as process 1 of new pid, mount and uts namespaces: a machine beside a host, with the image's programs and no services.
# Usage: peer.sh IMAGE NAME
set -eu
IMAGE=$1 NAME=$2
read -r pid rest < /proc/self/stat
ip link set lo up
hostname "$NAME"
# /mnt of this mount namespace: nobody else sees what is mounted here, and it goes with the last process.
mount -t tmpfs -o mode=755,size=64m peer /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay -o "lowerdir=$IMAGE,upperdir=/mnt/upper,workdir=/mnt/work" overlay /mnt/root
cd /mnt/root
mount -t proc -o nosuid,nodev,noexec proc proc
mount -t sysfs -o nosuid,nodev,noexec,ro sysfs sys
mount --rbind /dev dev
mkdir -p www/cgi-bin
rm -f etc/resolv.conf
echo "$NAME" > www/index.html
# Answers with the address that the client came from, IPv4 in its own spelling: the proof of what NAT did.
cat > www/cgi-bin/who <<'SCRIPT'
#!/bin/sh
address=${REMOTE_ADDR#[}; address=${address%]}
printf 'Content-Type: text/plain\r\n\r\n%s\n' "${address#::ffff:}"
SCRIPT
# What udhcpc calls: the least a guest does with a lease.
cat > dhcp <<'SCRIPT'
#!/bin/sh
case $1 in
  deconfig) ip -4 addr flush dev "$interface"; ip link set "$interface" up ;;
  bound | renew)
    ip addr replace "$ip/$mask" dev "$interface"
    [ -z "${mtu-}" ] || ip link set "$interface" mtu "$mtu"
    for gateway in ${router-}; do ip route replace default via "$gateway" dev "$interface"; break; done
    { [ -z "${domain-}" ] || echo "search $domain"; for server in ${dns-}; do echo "nameserver $server"; done; } > /etc/resolv.conf
    env > "/run/lease"
    ;;
esac
SCRIPT
chmod 755 dhcp www/cgi-bin/who
pivot_root . mnt
umount -l /mnt
mount -t tmpfs run /run
echo "pid $pid"
exec < /dev/null > /dev/null 2>&1
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 sleep infinity
