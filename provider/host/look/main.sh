# main.sh: the whole description, between the marks that the client waits for.

# kvmnet_look ID
kvmnet_look() {
  printf 'KVMNET-BEGIN %s\n>query %s\n' "$1" "$1"
  say machine
  { cat /etc/machine-id || uname -n; } | content
  say clock
  date +%s | content
  say programs
  for name in nft iptables iptables-nft-save iptables-legacy-save ip ss dnsmasq virsh systemctl timeout ping dig perl nslookup busybox getent docker ufw firewall-cmd; do
    ! has "$name" || printf '|%s\n' "$name"
  done
  look_links
  look_firewall
  look_names
  look_libvirt "$1"
  look_registry
  look_units
  look_probes
  printf '>end %s\nKVMNET-END %s\n' "$1" "$1"
}
