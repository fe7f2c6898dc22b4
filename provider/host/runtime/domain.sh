# domain.sh: what libvirt says of a domain. It is asked once for all of it: each start of virsh loads some fifty libraries and
# makes a connection.

kvd_virsh() { virsh -q -c "$KVD_URI" "$@" 9>&-; }
# kvd_quote WORD: sets KVD_QUOTED to the word as virsh(1) reads it in a command line: as a shell does.
kvd_quote() {
  local rest=$1
  KVD_QUOTED=''
  while case $rest in *\'*) ;; *) false ;; esac; do
    KVD_QUOTED="$KVD_QUOTED${rest%%\'*}'\\''"
    rest=${rest#*\'}
  done
  KVD_QUOTED="'$KVD_QUOTED$rest'"
}
# Splits the name of a NIC; a domain may contain spaces.
kvd_split() {
  KVD_URI=${1%% *}
  KVD_MAC=${1##* }
  KVD_DOMAIN=${1#* }
  KVD_DOMAIN=${KVD_DOMAIN% *}
}

# What is known may not be so any more.
kvd_forget() { KVD_KNOWN=''; }
# kvd_look: sets KVD_STATE to running, stopped or '' (then it fails, and why is in $KV_W/domain.err), KVD_SAID to virsh's word for
# it, KVD_STORED if it has a definition on disk; keeps the definitions, as far as there are such, in $KV_W/domain.live and
# $KV_W/domain.stored. What a member has looked at and not forgotten is known.
kvd_look() {
  local part="kvmnet-$KV_ID" this="${KV_M-} $KVD_URI $KVD_DOMAIN"
  if [ "${KVD_KNOWN-}" = "$this" ]; then
    [ -n "$KVD_STATE" ]
    return
  fi
  KVD_KNOWN=$this KVD_STATE='' KVD_STORED='' KVD_SAID=''
  kvd_quote "$KVD_DOMAIN"
  set -- "--domain $KVD_QUOTED"
  kv_empty "$KV_W/domain.live" "$KV_W/domain.stored" "$KV_W/domain.err" || return
  # Of several commands virsh says whether the last one failed, and not why. Its `echo` ends no line.
  kvd_virsh "dominfo $1; echo $part; dumpxml $1; echo $part; dumpxml $1 --inactive" > "$KV_W/domain" 2> /dev/null &&
    awk -v part="$part" -v live="$KV_W/domain.live" -v stored="$KV_W/domain.stored" '
      index($0, part) == 1 { parts++; $0 = substr($0, length(part) + 1) }
      !parts && $1 == "State:" { said = $0; sub(/^State: */, "", said); running = said != "shut off" }
      !parts && $1 == "Persistent:" { kept = $2 == "yes" }
      parts == 1 && running { print > live }
      parts == 2 && kept { print > stored }
      $0 == "</domain>" { whole[parts] = 1 }
      END { if (said != "" && (1 in whole) && (2 in whole)) print running ? "running" : "stopped", kept ? "yes" : "-", said }
    ' "$KV_W/domain" > "$KV_W/domain.state" && read -r KVD_STATE KVD_STORED KVD_SAID < "$KV_W/domain.state" || {
    kvd_virsh dominfo --domain "$KVD_DOMAIN" > /dev/null 2> "$KV_W/domain.err"
    [ -s "$KV_W/domain.err" ] || echo 'libvirt did not answer in full' > "$KV_W/domain.err"
    return 1
  }
  [ "$KVD_STORED" = yes ] || KVD_STORED=''
}

# libvirt says which domains it has, and this is none of them. Why it could not be looked at does not tell: of a name that is not
# there some versions say no more than that they did not get it.
kvd_gone() {
  kvd_virsh 'list --all --name; list --all --uuid' > "$KV_W/domains" 2> /dev/null && ! grep -Fqx -- "$KVD_DOMAIN" "$KV_W/domains"
}

# kvd_interface live|stored: prints the interface with the NIC's MAC, less indented; nothing when there is none. In a running
# domain libvirt shows what became of a network; that is left out here, and is in $KV_W/nic.bridge.
kvd_interface() {
  awk -v mac="$KVD_MAC" '
    /^ *<interface / { inside = 1; block = ""; match($0, /^ */); indent = RLENGTH }
    inside { line = substr($0, indent + 1) }
    inside && line ~ /^  <source network=/ {
      if (match(line, / bridge='\''[^'\'']*/)) bridge = substr(line, RSTART + 9, RLENGTH - 9)
      gsub(/ (portid|bridge|dev|mode)='\''[^'\'']*'\''/, "", line)
      sub(/^<interface type='\''[a-z]*'\''/, "<interface type='\''network'\''", block)
    }
    inside { block = block line "\n" }
    inside && index($0, "<mac address='\''" mac "'\''/>") { mine = 1 }
    /^ *<\/interface>/ {
      if (mine) printf "%s", block
      if (mine && bridge != "") print bridge > nic
      inside = mine = 0
      bridge = ""
    }' nic="$KV_W/nic.bridge" "$KV_W/domain.$1"
}
kvd_master() {
  KVD_TAP=$(sed -n "s/^ *<target dev='\([^']*\)'.*/\1/p" "$1")
  KVD_BRIDGE=$(sed -n "s/^ *<source bridge='\([^']*\)'.*/\1/p" "$2")
  ! grep -q '^  <source network=' "$2" || [ ! -s "$KV_W/nic.bridge" ] || read -r KVD_BRIDGE < "$KV_W/nic.bridge"
}
# Reads both into $KV_O.live and $KV_O.stored. Fails when there is no such domain, or it could not be asked for.
kvd_read() {
  kvd_split "$1"
  kv_empty "$KV_O.live" "$KV_O.stored" "$KV_W/nic.bridge" || return
  kvd_look && kvd_interface live > "$KV_O.live" && kvd_interface stored > "$KV_O.stored"
}
