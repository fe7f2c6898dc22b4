# registry.sh: who owns what. An exclusive object has objects/KEY/{key,owner,nonce,text,reads}; one that several resources share
# has shared/KEY/{key,text,claims/OWNER}. `reads` is what else its owner wants to know, if anything, one read a line. `before.*` is what was there when we took it over, and comes back in the end.
# A secret object has no text here. Kinds may keep more with the entry (a ruleset its `live` listing).

# Sets KV_ENTRY (KV_REL within $KV_LIB) and KV_OLD, the text last applied, for $shared, $kind, $enc of an operation.
kv_entry() {
  if [ "$shared" = 1 ]; then
    KV_REL=shared/$enc
  elif "${kind}_tracked"; then
    KV_REL=objects/$enc
  else
    # Each resource has its own of these: it asks a unit that is not ours to look at its files.
    KV_REL=objects/$enc~$KV_OWNERHASH
  fi
  KV_ENTRY=$KV_LIB/$KV_REL
  KV_OLD=$KV_ENTRY/text
  kv_former "$KV_LIB"
  [ -f "$KV_OLD" ] || [ -z "$KV_FORMER" ] || KV_OLD=$KV_LIB/$KV_FORMER/text
  [ -f "$KV_OLD" ] || KV_OLD=/dev/null
}

# kv_former ROOT: a resource that was renamed has a new URN. Sets KV_FORMER to what there is below ROOT, of this object, under
# the URN before: its claim, or the entry of an untracked object. By now another resource may have that URN: the nonce tells.
kv_former() {
  KV_FORMER=''
  [ -n "$KV_FORMERLY" ] || return 0
  if [ "$shared" = 1 ]; then
    set -- "$1" "shared/$enc/claims/$KV_FORMERENC" ''
  else
    set -- "$1" "objects/$enc~$KV_FORMERHASH" /nonce
  fi
  kv_line "$1/$2$3"
  [ -z "$KV_LINE" ] || [ "$KV_LINE" != "$KV_NONCE" ] || KV_FORMER=$2
}

# Is the entry our owner's, under this URN or the one before? Leaves who it is in KV_LINE.
kv_ours() {
  kv_line "$KV_ENTRY/nonce"
  [ "$KV_LINE" = "$KV_NONCE" ] && set -- "$KV_FORMERLY" || set -- ''
  kv_line "$KV_ENTRY/owner"
  [ -n "$KV_LINE" ] || return
  [ "$KV_LINE" = "$KV_OWNER" ] || [ "$KV_LINE" = "$1" ]
}

# Is the text of such an object kept nowhere else?
kv_secret() { case $KV_SECRET in *" $1 "*) ;; *) return 1 ;; esac; }

# Reads the first line of a file into KV_LINE; empty when there is none.
kv_line() {
  KV_LINE=''
  [ ! -f "$1" ] || IFS= read -r KV_LINE < "$1" || :
}

# Is there another claim on the shared object than our owner's?
kv_claimed_by_others() {
  local claim
  for claim in "$KV_ENTRY"/claims/*; do
    case ${claim##*/} in "$KV_OWNERENC" | "${KV_FORMER##*/}") continue ;; esac
    [ ! -e "$claim" ] || return 0
  done
  return 1
}

# Writes the registry as the batch leaves it, and sets KV_REGISTERED to the entries. The journals can still undo it.
kv_register() {
  KV_REGISTERED='' KV_DIRS='' KV_GONE=''
  kv_empty "$KV_W/copies" && kv_each_due kv_list_registry || return
  # Encoded names: no blank is in them.
  [ -z "$KV_DIRS" ] || mkdir -p $KV_DIRS || return
  kv_each_due kv_register_objects || return
  [ -z "$KV_GONE" ] || rm -rf $KV_GONE
  kv_copies
}
# Adds to KV_DIRS the directories of entries that are not there, to KV_GONE what goes.
kv_list_registry() {
  local seq action shared kind enc name dir
  while IFS=$KV_TAB read -r seq action shared kind enc name <&3; do
    kv_entry
    case $action in
      new | put | adopt | same)
        dir=$KV_ENTRY
        [ "$shared" = 0 ] || dir=$KV_ENTRY/claims
        [ -d "$dir" ] || KV_DIRS="$KV_DIRS $dir"
        ;;
      drop) KV_GONE="$KV_GONE $KV_ENTRY" ;;
      release) KV_GONE="$KV_GONE $KV_ENTRY/claims/$KV_OWNERENC" ;;
    esac
    case $action:$KV_FORMER in
      *: | none:* | touch:*) ;;
      *) KV_GONE="$KV_GONE $KV_LIB/$KV_FORMER" ;;
    esac
  done 3< "$KV_M.todo"
}
kv_register_objects() {
  local seq action shared kind enc name key
  while IFS=$KV_TAB read -r seq action shared kind enc name <&3; do
    kv_entry
    case $action in
      new | put | adopt | same)
        key="$kind $name"
        if [ "$shared" = 1 ]; then
          printf '%s\n' "$KV_NONCE" > "$KV_ENTRY/claims/$KV_OWNERENC"
          key="shared $key"
        else
          printf '%s\n' "$KV_OWNER" > "$KV_ENTRY/owner"
          printf '%s\n' "$KV_NONCE" > "$KV_ENTRY/nonce"
          [ ! -f "$KV_M.reads" ] || kv_copy "$KV_M.reads" "$KV_ENTRY/reads" || return
        fi
        printf '%s\n' "$key" > "$KV_ENTRY/key" || return
        kv_secret "$kind" || kv_copy "$KV_M.$seq.text" "$KV_ENTRY/text" || return
        [ ! -f "$KV_M.$seq.live" ] || kv_copy "$KV_M.$seq.live" "$KV_ENTRY/live" || return
        # Copied, not moved: until the journal ends, an undo needs it there.
        [ "$action" != adopt ] || cp -a "$KV_J/$seq/." "$KV_ENTRY/" || return
        KV_REGISTERED="$KV_REGISTERED $KV_ENTRY"
        ;;
    esac
  done 3< "$KV_M.todo"
}

# Keeps a copy of ourselves and a unit that undoes, at the next boot, what a power cut left half done. They are on disk before
# the version says that they are there: a power cut may keep that and lose them.
kv_install_self() {
  kv_line "$KV_LIB/version"
  [ "$KV_LINE" != "$KVMNET_VERSION" ] || return 0
  mkdir -p -m 0700 "$KV_LIB" && mkdir -p "$KV_LIB/objects" "$KV_LIB/shared" "$KV_LIB/journal" || return
  cp "$KV_RUN/runtime-$KVMNET_VERSION.sh" "$KV_LIB/runtime.sh.new" || return
  if [ -d /run/systemd/system ]; then
    kv_mkdirs "$KV_WANTS" || return
    # ufw has to run to take a rule out; firewalld is told before it runs, by its files.
    # Written by hand: `systemctl enable` would reload the daemon, and nothing needs the unit before the next boot.
    cat > "$KV_UNIT" <<'UNIT' || return
[Unit]
Description=Undo an interrupted change of kvmnet
DefaultDependencies=no
After=local-fs.target ufw.service
Before=network-pre.target systemd-sysctl.service systemd-networkd.service nftables.service kvmnet-nft.service firewalld.service shutdown.target
Wants=network-pre.target
Conflicts=shutdown.target
ConditionDirectoryNotEmpty=/var/lib/kvmnet/journal

[Service]
Type=oneshot
# The boot waits for it, and has no limit of its own for such a unit.
TimeoutStartSec=120
ExecStart=/bin/sh /var/lib/kvmnet/runtime.sh recover-boot

[Install]
WantedBy=sysinit.target
UNIT
    ln -sf "$KV_UNIT" "$KV_WANTS/kvmnet-recover.service" || return
  fi
  kv_sync "$KV_LIB/runtime.sh.new" "$KV_UNIT" "${KV_UNIT%/*}" "$KV_WANTS"
  mv -f "$KV_LIB/runtime.sh.new" "$KV_LIB/runtime.sh" && printf '%s\n' "$KVMNET_VERSION" > "$KV_LIB/version" || return
  printf '%s\n' "$KV_LIB/version" "$KV_LIB" >> "$KV_W/sync"
}
KV_UNIT=/etc/systemd/system/kvmnet-recover.service
KV_WANTS=/etc/systemd/system/sysinit.target.wants

# With the last object gone nothing of ours stays on the host.
kv_tidy() {
  local any
  [ -d "$KV_LIB" ] || return 0
  kv_forget_dirs
  for any in "$KV_LIB"/objects/* "$KV_LIB"/shared/* "$KV_LIB"/journal/*; do
    [ ! -e "$any" ] || return 0
  done
  # What cannot be removed now is by the next request that comes here: it sees what is left of $KV_LIB.
  rm -f "$KV_WANTS/kvmnet-recover.service" "$KV_UNIT" || return 0
  kv_changed "$KV_UNIT"
  kv_prune "$KV_WANTS" && rm -rf "$KV_LIB" || :
}
