/**
 * A Plan is what one resource owns on its host: the key of each host object mapped to its canonical text. It is an
 * input of the resource (made by `check`), so `pulumi preview --diff` shows it line by line before anything happens.
 * The text is complete: with it alone the host can apply the object, verify it and notice drift.
 *
 * Keys are `<kind> <name>`, for an object that several resources share `shared <kind> <name>`:
 *
 * | key | text: one fact a line |
 * |---|---|
 * | `file /path` (0644), `private /path` (0600) | the content |
 * | `sysctl net.ipv4.ip_forward` | the value |
 * | `forewarn NetworkManager.service#virbr10` | the same as `notify`, and earlier: before there is a link |
 * | `link virbr10` | `type bridge`, `mac …`, `mtu …`, `stp 1`, `forward_delay 2`, `multicast_snooping 1`, `vlan_filtering 1`, `addr 10.0.0.1/24 brd 10.0.0.255`, `dhcp4` (has a leased address), `route default via 10.0.0.254`, `up` |
 * | `port virbr10-dummy` | `master virbr10` |
 * | `shared address enp3s0` | `none`: the host's addresses and routes have moved elsewhere, and come back in the end |
 * | `ifupdown enp3s0` | `as kvmnet-port-enp3s0`, `with br0`: up under that definition of interfaces(5), and br0 with it |
 * | `networkmanager enp3s0` | `as kvmnet-port-enp3s0`, `with br0`: active under that profile, and br0 with it; `port p0`: so is p0 |
 * | `ruleset inet kvmnet_virbr10` | an nft script that fills the table in place and includes its parts |
 * | `elements inet kvmnet_virbr10 web` | one `map|set { key : value }` a line: a part of a ruleset |
 * | `ufw virbr10`, `firewalld virbr10`, `docker virbr10` | what another firewall lets through: `route allow in on virbr10`, `zone trusted`, `accept in` |
 * | `nftables virbr10`, `iptables virbr10` | rules at the end of each chain of the host's own that drops: `forward iifname "virbr10" accept …`, `FORWARD -i virbr10 … -j ACCEPT` |
 * | `unit kvmnet-dnsmasq@virbr10.service` | `enabled`, `active`, `restart on /path`, `reload on /path`; of one that is not ours and that ours stands in for `disabled`, `inactive` |
 * | `notify systemd-networkd.service` | `reload on /path`: reloads a unit that another resource (or the host) owns |
 * | `network default` | `active yes`, `autostart no`, and what we define of it: the libvirt `<network>` element as `virsh net-dumpxml` writes it, or its `<forwarder>` elements alone |
 * | `nic qemu:///system web 52:54:00:…` | the libvirt `<interface>` element as `virsh dumpxml` writes it; after the line `<!-- at the next boot -->` of the stored definition alone |
 */
export type Plan = Readonly<Record<string, string>>;

/** Kinds in the order in which a transaction installs them; removal goes the other way. */
export const kinds = [
  "file",
  "private",
  "sysctl",
  // Before there is a link that somebody else would take for theirs.
  "forewarn",
  "link",
  "port",
  "address",
  "ifupdown",
  "networkmanager",
  "ruleset",
  "elements",
  "ufw",
  "firewalld",
  "docker",
  "nftables",
  "iptables",
  // Before our own units start: a system-wide daemon may first have to let go of what they need.
  "notify",
  "unit",
  "network",
  "nic",
] as const;
export type Kind = (typeof kinds)[number];

/** Leads the text of a NIC that a running domain gets when it is next started. */
export const NEXT_BOOT = "<!-- at the next boot -->";

/** What a key says: whether the object is shared, its kind, and its name (spaces and all). */
export interface Key {
  readonly shared: boolean;
  readonly kind: Kind;
  readonly name: string;
}

/** Splits a plan's key. Throws a `TypeError` on a kind that this version of the package does not know. */
export function parseKey(key: string): Key {
  const shared = key.startsWith("shared ");
  const bare = shared ? key.slice("shared ".length) : key;
  const space = bare.indexOf(" ");
  const kind = kinds.find((known) => known === bare.slice(0, space));
  if (!kind) throw new TypeError(`unknown kind of host object: ${key}`);
  return { shared, kind, name: bare.slice(space + 1) };
}

/** The keys of a plan in the order of installation (stable within a kind). */
export function installOrder(keys: Iterable<string>): string[] {
  const rank = (key: string) => kinds.indexOf(parseKey(key).kind);
  return [...keys].sort((a, b) => rank(a) - rank(b));
}

/** How a host gets from one plan to another. `touch` are the unchanged objects whose triggers may still fire. */
export interface PlanChange {
  readonly put: string[];
  readonly drop: string[];
  readonly touch: string[];
}

/** The difference of two plans, each list in the order in which the host works through it. */
export function planChange(before: Plan, after: Plan): PlanChange {
  const order = installOrder(Object.keys(after));
  const changed = order.filter((key) => before[key] !== after[key]);
  const gone = Object.keys(before).filter((key) => !(key in after));
  const reacts = (key: string) => ["unit", "notify", "forewarn"].includes(parseKey(key).kind);
  return {
    put: changed,
    drop: installOrder(gone).reverse(),
    touch: changed.length + gone.length ? order.filter((key) => !changed.includes(key) && reacts(key)) : [],
  };
}
