/** All that a snapshot leaves out, each with its reason: what nobody can put back, or what changes by itself. */

/** Keys of a snapshot that are left out. */
export const EXCEPTIONS: readonly { key: RegExp; because: string }[] = [
  { key: /^file:\/run\/kvmnet\b/, because: "ours, in memory: the lock, the runtime and the last answers" },
  {
    key: /^file:\/var\/lib\/misc\/dnsmasq\.[^/]+\.leases\b/,
    because: "guests keep their addresses in a network made again",
  },
  { key: /^sysctl:net\.netfilter\.nf_conntrack_(count|buckets)$/, because: "counts flows, sized by the whole machine" },
  { key: /^sysctl:net\.(ipv4|ipv6)\.route\.flush$/, because: "is written, not read" },
  { key: /^sysctl:net\.ipv4\.(tcp_mem|udp_mem|inet_peer_\w+)$/, because: "belongs to the whole machine" },
  { key: /^sysctl:net\.ipv6\.conf\..*\.(stable_secret|ra_.*_time)$/, because: "is made up by the kernel" },
  { key: /^sysctl:net\.ipv4\.tcp_fastopen_key$/, because: "is made up by the kernel" },
  { key: /^sysctl:net\.core\.(?!default_qdisc)/, because: "belongs to the whole machine" },
  { key: /^file:\/(run|var)\/log\//, because: "logs grow" },
  { key: /^file:\/run\/udev\//, because: "udev names its records by interface index" },
  {
    key: /^file:\/run\/systemd\/(unit-private-tmp|netif|journal|units|sessions|users|propagate|seats|inhibit|dynamic-uid)\b/,
    because: "systemd's own state, by index or pid",
  },
  { key: /^file:\/(run|var\/lib)\/(docker|containerd)\b/, because: "Docker's own state" },
  { key: /^link:docker0$/, because: "Docker makes it anew when it starts, with another address" },
  { key: /^file:\/(run|var\/lib)\/NetworkManager\b/, because: "NetworkManager's own state" },
  {
    key: /^file:\/etc\/firewalld\/zones\/.*\.xml\.old\b/,
    because: "firewalld keeps each zone's last file, and nothing reads it",
  },
  {
    key: /^(unit:NetworkManager-dispatcher|process:.* nm-dispatcher|process:.*\/nm-dispatcher)/,
    because: "started by NetworkManager for each event, ends by itself",
  },
  { key: /^file:\/run\/systemd\/resolve\b/, because: "resolved's own state" },
  { key: /^file:\/run\/(user|sudo|utmp|sshd|dbus|lock|credentials|mount)\b/, because: "sessions come and go" },
  {
    key: /^file:\/run\/(libvirt\/(common|nodedev|storage|interface|secrets|network\/driver))\b/,
    because: "libvirt's idle state",
  },
  {
    key: /^file:\/run\/libvirt\/(lxc|(lxc|qemu)\/(autostarted|driver\.pid))(:sha256)?$/,
    because: "its drivers note that they have begun, on a busy machine after the host has booted",
  },
  { key: /^file:\/run\/.*\.pid:sha256$/, because: "process numbers; that the file is there counts" },
  {
    key: /^file:\/run\/(motd\.dynamic|systemd\/transient$|systemd\/transient:|systemd\/transient\/session-)/,
    because: "made by the first log-in or systemd-run, and left",
  },
  { key: /^file:\/run\/(xtables|ebtables|ufw)\.lock\b/, because: "iptables and ufw make their locks and leave them" },
  {
    key: /^file:\/var\/lib\/(systemd\/(random-seed|timers|timesync|catalog|network)|sudo|private|dbus|logrotate|polkit-1)\b/,
    because: "kept by system units",
  },
  { key: /^file:\/var\/(cache|tmp|spool)\b/, because: "caches and temporary files of others" },
  {
    key: /^file:\/(root|home\/\w+)\/\.(cache|bash_history|local|config|ssh\/known_hosts)/,
    because: "written by shells",
  },
  { key: /^file:\/tmp\/systemd-private-/, because: "names are random" },
  {
    key: /^file:\/tmp\/namespace-dev-/,
    because: "systemd's, for a unit's devices; stays if the unit is stopped while it is being started",
  },
  { key: /^unit:(session-.*\.scope|user@?.*|user-.*)$/, because: "log-ins come and go" },
  { key: /\.device$/, because: "what udev knows of links, which are listed" },
  {
    key: /^unit:(polkit|systemd-(machined|hostnamed|localed|timedated|tmpfiles-clean|udev-settle|logind)|modprobe@.*)\.service$/,
    because: "started by others when they call, ends by itself",
  },
  {
    key: /^unit:(apt-daily.*|dpkg-db-backup|logrotate|man-db|fstrim|e2scrub_.*)\.service$/,
    because: "started by the clock",
  },
  {
    key: /^unit:(ldconfig|systemd-(journal-catalog-update|sysusers|update-done|hwdb-update))\.service$/,
    because: "run by the first boot of a system that was updated",
  },
  { key: /^unit:run-(user|credentials).*\.mount$/, because: "log-ins come and go" },
  { key: /^process:\S+ \(\S+\)$/, because: "systemd has forked it and it is yet to become what it is to be" },
  { key: /^process:.* <defunct>$/, because: "has ended, and init has not asked how yet" },
  {
    key: /^process:.* ((\/usr)?\/lib\/systemd\/systemd --user|\[?\(sd-pam\)\]?|sshd(-session|-auth)?: .*|(\/usr)?\/sbin\/sshd .*-R$|.*sftp-server|\/bin\/sh -s -- [\d.]+ )/,
    because: "log-ins come and go",
  },
  {
    key: /^process:.* ((\/usr)?\/lib\/systemd\/systemd-(udevd|(machined|hostnamed|logind).*)|\/usr\/lib\/polkit-1\/polkitd.*)$/,
    because: "started by others when they call",
  },
];

/** Fields of `ip -json` that are left out, wherever they are. */
export const VOLATILE_FIELDS: ReadonlySet<string> = new Set([
  // Numbers that the kernel gives out, never twice.
  ...["ifindex", "link_index", "link_netnsid", "port_id", "port_no", "phys_port_id"],
  // Countdowns and counters.
  ...["valid_life_time", "preferred_life_time", "expires", "stats", "stats64", "num_peers", "age", "used", "refcnt"],
  // How an address was added, once: a boot's networkd looks for its twin, a change of ours does not.
  "nodad",
  ...["hello_timer", "tcn_timer", "topology_change_timer", "gc_timer", "hold_timer", "message_age_timer"],
  ...["forward_delay_timer", "topology_change", "topology_change_ack", "tentative", "fdb_n_learned"],
  // A spanning tree that has changed forgets sooner, for half a minute.
  ...["topology_change_detected", "ageing_time"],
]);

/** Whether a key is left out. */
export function isException(key: string): boolean {
  return EXCEPTIONS.some((exception) => exception.key.test(key));
}
