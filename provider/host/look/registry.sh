# registry.sh: what of ours should be there. `>fact object DIRECTORY`: its key, its owner or `-`, and of a file whether it is
# as it was written; else its text.

look_registry() {
  for entry in /var/lib/kvmnet/objects/* /var/lib/kvmnet/shared/*; do
    [ -f "$entry/key" ] || continue
    say "object ${entry#/var/lib/kvmnet/}"
    head -n 1 "$entry/key" | content
    { head -n 1 "$entry/owner" || echo -; } | content
    read -r key < "$entry/key"
    key=${key#shared }
    case $key in
      'file '* | 'private '*)
        path=${key#* }
        if [ ! -e "$path" ]; then
          echo '|missing'
        elif [ ! -f "$entry/text" ] || cmp -s "$entry/text" "$path"; then
          echo '|same'
        else
          echo '|differs'
        fi
        ;;
      *) [ ! -f "$entry/text" ] || content < "$entry/text" ;;
    esac
  done
  say journal
  for entry in /var/lib/kvmnet/journal/*; do [ ! -e "$entry" ] || printf '|%s\n' "${entry##*/}"; done
}

look_units() {
  has systemctl && [ -d /run/systemd/system ] || return
  set -- libvirtd.service virtnetworkd.service virtqemud.service dnsmasq.service nftables.service firewalld.service ufw.service \
    docker.service iptables.service netfilter-persistent.service systemd-networkd.service NetworkManager.service systemd-resolved.service
  for entry in /var/lib/kvmnet/objects/* /var/lib/kvmnet/shared/*; do
    [ -f "$entry/key" ] && read -r key < "$entry/key" || continue
    key=${key#shared }
    case $key in 'unit '*) set -- "$@" "${key#unit }" ;; esac
  done
  fact units bounded 10 systemctl show --property=Id,LoadState,ActiveState,SubState,UnitFileState,Result -- "$@"
  say failed
  bounded 10 systemctl list-units --state=failed --plain --no-legend --full | awk '{ print "|" ($1 ~ /\./ ? $1 : $2) }'
}
