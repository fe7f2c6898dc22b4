# firewall.sh: all rules that a packet meets, whoever made them.

look_firewall() {
  if has nft; then
    fact nft bounded 20 nft -j list ruleset
    fact nft-text bounded 20 nft -a -t list ruleset
  fi
  ! has iptables-nft-save || fact iptables bounded 10 iptables-nft-save -c
  # The command would register the tables that it lists, so it runs only where they are.
  if grep -qs . /proc/net/ip_tables_names && has iptables-legacy-save; then
    fact iptables-legacy bounded 10 iptables-legacy-save -c
  fi
  say flushes
  grep -Es '^[[:space:]]*flush ruleset' /etc/nftables.conf /etc/sysconfig/nftables.conf | content
}
