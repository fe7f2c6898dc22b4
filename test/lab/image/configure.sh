# Runs inside the new root (chroot, no system manager) and makes it a hypervisor host of the lab.
# $1: public key that may log in to every account.
set -eu
key=$1

# Each host gets its own name when it starts; an empty machine-id is filled in by the first boot.
echo lab > /etc/hostname
printf '127.0.0.1 localhost\n127.0.1.1 lab\n::1 localhost\n' > /etc/hosts
: > /etc/machine-id
# debootstrap copied the building machine's own. QEMU's name server does not answer in a restricted network.
printf 'nameserver 10.0.2.3\noptions timeout:1 attempts:1\n' > /etc/resolv.conf
echo '/dev/vda / ext4 errors=remount-ro 0 1' > /etc/fstab

cat > /etc/systemd/network/10-uplink.network <<'END'
[Match]
Name=ens3

[Network]
DHCP=ipv4
END
systemctl enable --quiet systemd-networkd.service
# Not wanted while a test looks on: they stall the boot, or start when the clock jumps after a resume.
for unit in systemd-networkd-wait-online.service libvirt-guests.service apt-daily.timer apt-daily-upgrade.timer \
  dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer systemd-tmpfiles-clean.timer; do
  systemctl mask --quiet "$unit"
done
rm -f /etc/libvirt/qemu/networks/autostart/default.xml
# libvirtd ends after two idle minutes by default, and takes seconds to start in an emulated machine.
echo 'LIBVIRTD_ARGS=""' > /etc/default/libvirtd

echo 'ops ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/ops
echo 'odd ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/odd
chmod 440 /etc/sudoers.d/*
# A reboot should take what a boot takes: libvirtd delays it by 5 s, a unit that does not stop by 90 s.
mkdir -p /etc/systemd/logind.conf.d /etc/systemd/system.conf.d
printf '[Login]\nInhibitDelayMaxSec=0\n' > /etc/systemd/logind.conf.d/lab.conf
printf '[Manager]\nDefaultTimeoutStopSec=15s\n' > /etc/systemd/system.conf.d/lab.conf

useradd --create-home --shell /bin/bash ops
useradd --create-home --shell /bin/bash --groups sudo pat
useradd --create-home --shell /bin/tcsh odd
echo 'pat:lab-secret-pw' | chpasswd
for home in /root /home/ops /home/pat /home/odd; do
  mkdir -p -m 700 "$home/.ssh"
  echo "$key" > "$home/.ssh/authorized_keys"
  chown -R --reference="$home" "$home/.ssh"
done
# Start-up files that talk, as people's do: bash reads .bashrc under sshd even when it is not interactive.
for file in .bashrc .profile; do
  printf 'echo "Welcome from %s, today is a fine day"\necho "noise on stderr" >&2\n' "$file" > "/home/pat/$file"
done
echo 'echo "tcsh says hello"' > /home/odd/.tcshrc

# The initial RAM disk of a virtual machine needs few drivers, and unpacking it is a good part of an emulated boot.
printf 'MODULES=list\nCOMPRESS=gzip\n' > /etc/initramfs-tools/conf.d/lab
printf 'virtio_pci\nvirtio_blk\next4\n' > /etc/initramfs-tools/modules
update-initramfs -u > /dev/null
rm -rf /var/cache/apt/archives/*.deb /var/lib/apt/lists/*
