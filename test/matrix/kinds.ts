import type { HostKind } from "../faults/quick-target.ts";
import { type HostFile, UPLINK } from "../lab/quick/index.ts";

/** A kind of host that people have. */
export interface Kind extends HostKind {
  /** What its tests are called. */
  readonly title: string;
  /** Firewalls that the program names. */
  readonly coexist?: readonly string[];
  /** Has the other firewall read its rules again. */
  readonly reload?: string;
  /** Takes rules away as people do by hand, and what drops stays. */
  readonly flush?: string;
  /** Who is said to keep guests from the outside while the program does not name them. */
  readonly blocks?: readonly string[];
  /** One of the share that `npm test` tries; `npm run test:matrix` tries all. */
  readonly share?: true;
}

/** A unit with an empty file is masked (systemd.unit(5)). */
const withoutNetworkd: Record<string, string> = {
  "/etc/systemd/network/10-uplink.network": "",
  "/etc/systemd/system/systemd-networkd.service": "",
  "/etc/systemd/system/systemd-networkd.socket": "",
};

const { ipv4, ipv6 } = UPLINK;

/** A profile for the uplink; NetworkManager takes none that others may read (nm-settings-keyfile(5)). */
const networkManager: Record<string, HostFile> = {
  "/etc/NetworkManager/system-connections/uplink.nmconnection": {
    mode: 0o600,
    content: `[connection]
id=uplink
type=ethernet
interface-name=eth0

[ipv4]
method=manual
address1=${ipv4.address}/${ipv4.prefix},${ipv4.gateway}
dns=${ipv4.gateway}

[ipv6]
method=manual
address1=${ipv6.address}/${ipv6.prefix},${ipv6.gateway}
`,
  },
};

/** interfaces(5). */
const interfaces: Record<string, string> = {
  "/etc/network/interfaces": `source /etc/network/interfaces.d/*

auto lo eth0
iface lo inet loopback
iface eth0 inet static
  address ${ipv4.address}/${ipv4.prefix}
  gateway ${ipv4.gateway}
iface eth0 inet6 static
  address ${ipv6.address}/${ipv6.prefix}
  gateway ${ipv6.gateway}
`,
};

/** The host's own, as people have it. */
const wildcard: Record<string, string> = {
  "/etc/systemd/network/10-all.network": "[Match]\nName=br*\n\n[Network]\nDHCP=yes\n",
};

/** A host's own table that drops what it does not know, with the end that Arch Linux ships. */
const nftables: Record<string, string> = {
  "/etc/nftables.conf": `#!/usr/sbin/nft -f
flush ruleset

table inet filter {
	chain input {
		type filter hook input priority filter; policy drop;
		iifname "lo" accept
		ct state vmap { established : accept, related : accept, invalid : drop }
		icmp type echo-request accept
		icmpv6 type { echo-request, nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept
		tcp dport 22 accept
		meta pkttype host limit rate 5/second counter reject with icmpx type admin-prohibited
		counter
	}
	chain forward {
		type filter hook forward priority filter; policy drop;
		ct state established,related accept
		jump others
	}
	chain others {
		meta l4proto tcp counter reject with tcp reset
		counter reject
	}
}
`,
};

/** The same as iptables-persistent keeps it. */
const rules = (unreachable: string) => `*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -p ${unreachable === "icmp" ? "icmp" : "ipv6-icmp"} -j ACCEPT
-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -m limit --limit 5/min -j LOG --log-prefix "not forwarded: "
-A FORWARD -j REJECT --reject-with ${unreachable}-port-unreachable
COMMIT
`;
const iptables: Record<string, string> = {
  "/etc/iptables/rules.v4": rules("icmp"),
  "/etc/iptables/rules.v6": rules("icmp6"),
};

/** One of each: who keeps the links, on which release; which firewall is beside ours; several at once. */
export const kinds: readonly Kind[] = [
  { title: "systemd-networkd, bookworm (252)", host: { files: wildcard } },
  { title: "systemd-networkd, trixie (257)", host: { suite: "trixie" } },
  {
    title: "NetworkManager, bookworm",
    host: { packages: ["network-manager"], files: { ...withoutNetworkd, ...networkManager } },
  },
  {
    title: "NetworkManager, trixie",
    host: { suite: "trixie", packages: ["network-manager"], files: { ...withoutNetworkd, ...networkManager } },
  },
  {
    title: "NetworkManager beside systemd-networkd, which keeps the uplink",
    // Its resolvers are not NetworkManager's, which would write an empty resolv.conf at the first interface that comes.
    host: {
      packages: ["network-manager"],
      files: { "/etc/NetworkManager/conf.d/dns.conf": "[main]\ndns=none\n" },
    },
  },
  {
    title: "systemd-networkd beside NetworkManager, which keeps the uplink",
    host: {
      packages: ["network-manager"],
      files: {
        ...networkManager,
        "/etc/systemd/network/10-uplink.network": "[Match]\nName=eth0\n\n[Link]\nUnmanaged=yes\n",
        ...wildcard,
      },
    },
  },
  {
    title: "ifupdown, bookworm",
    host: { packages: ["ifupdown"], files: { ...withoutNetworkd, ...interfaces } },
  },
  {
    title: "ifupdown, trixie",
    host: { suite: "trixie", packages: ["ifupdown"], files: { ...withoutNetworkd, ...interfaces } },
  },
  {
    title: "ufw, bookworm",
    host: { packages: ["ufw"] },
    setUp: "ufw allow 22/tcp && ufw --force enable",
    coexist: ["ufw"],
    reload: "ufw reload",
  },
  {
    title: "firewalld, bookworm",
    host: { packages: ["firewalld", "python3-nftables"] },
    setUp: "firewall-cmd --permanent --add-service=ssh && firewall-cmd --reload",
    coexist: ["firewalld"],
    reload: "firewall-cmd --reload",
  },
  {
    title: "Docker, bookworm (20.10)",
    host: { packages: ["docker.io"] },
    coexist: ["docker"],
    reload: "systemctl restart docker",
    share: true,
  },
  {
    title: "Docker, trixie (26.1)",
    host: { suite: "trixie", packages: ["docker.io"] },
    coexist: ["docker"],
    reload: "systemctl restart docker",
  },
  {
    title: "Docker that comes after us",
    host: { packages: ["docker.io"] },
    setUp: "systemctl disable docker.service docker.socket",
    coexist: ["docker"],
    reload: "systemctl start docker",
  },
  {
    title: "own nftables.conf that drops, bookworm",
    host: { files: nftables },
    setUp: "systemctl enable --now nftables.service",
    coexist: ["nftables"],
    blocks: ["nftables"],
    reload: "systemctl reload nftables",
    flush: "nft flush chain inet filter forward; nft add rule inet filter forward counter drop",
  },
  {
    title: "own nftables.conf that drops, trixie",
    host: { suite: "trixie", files: nftables },
    setUp: "systemctl enable --now nftables.service",
    coexist: ["nftables"],
    reload: "systemctl restart nftables",
    flush: "nft flush chain inet filter forward; nft add rule inet filter forward counter drop",
  },
  {
    title: "iptables over nft that drops, bookworm",
    host: { packages: ["iptables-persistent"], files: iptables },
    setUp: "systemctl enable --now netfilter-persistent.service",
    coexist: ["iptables"],
    blocks: ["iptables"],
    reload: "systemctl restart netfilter-persistent",
    flush: "iptables -F FORWARD; ip6tables -F",
  },
  {
    title: "iptables-legacy that drops, bookworm",
    host: { packages: ["iptables-persistent"], files: iptables },
    setUp:
      "update-alternatives --set iptables /usr/sbin/iptables-legacy && update-alternatives --set ip6tables /usr/sbin/ip6tables-legacy && systemctl enable --now netfilter-persistent.service",
    coexist: ["iptables"],
    blocks: ["iptables-legacy"],
    reload: "systemctl restart netfilter-persistent",
    flush: "iptables -F FORWARD; ip6tables -F",
  },
  {
    title: "NetworkManager, firewalld and Docker at once, bookworm",
    host: {
      packages: ["network-manager", "firewalld", "python3-nftables", "docker.io"],
      files: { ...withoutNetworkd, ...networkManager },
    },
    setUp: "firewall-cmd --permanent --add-service=ssh && firewall-cmd --reload",
    coexist: ["firewalld", "docker"],
    reload: "firewall-cmd --reload && systemctl restart docker",
  },
  {
    title: "ifupdown and ufw at once, trixie",
    host: { suite: "trixie", packages: ["ifupdown", "ufw"], files: { ...withoutNetworkd, ...interfaces } },
    setUp: "ufw allow 22/tcp && ufw --force enable",
    coexist: ["ufw"],
    reload: "ufw reload",
  },
];

/** The kind of that title. @throws if there is none. */
export function kindOf(title: string): Kind {
  const kind = kinds.find((one) => one.title === title);
  if (!kind) throw new Error(`there is no kind of host called ${title}`);
  return kind;
}
