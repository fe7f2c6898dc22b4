/** Programs that must be refused, and what the user reads. */
export interface BadInput {
  /** What stands in the program after `network` (see `testbed.ts`), or alone. */
  readonly program: string;
  /** The whole reason, as the CLI prints it. */
  readonly says: string;
  /** Found by the host alone, so `up` refuses it, before it has changed anything. */
  readonly atUp?: true;
  /** Found at preview from what only a real host knows, such as where its user comes from. */
  readonly ofRealHost?: true;
}

const bridge = (args: string, name = "br1") => `new kvmnet.Bridge("${name}", { ${args} });`;
const nat = (args: string) => `new kvmnet.NatNetwork("lab", { bridge: "br1", ipv4Cidr: "10.20.0.0/24", ${args} });`;
const forward = (args: string) =>
  `new kvmnet.PortForward("web", { network: "br1", gateways: ["10.20.0.1/24"], target: "10.20.0.10", ${args} });`;
const group = (target: string, args = "") => forward(`ports: [80], ${args}`).replace('"10.20.0.10"', target);
const inNetwork = (target: string) =>
  `const network = ${nat("")}\nnew kvmnet.PortForward("web", { network, target: "${target}", ports: [80] });`;
const intercepts = (...forwards: string[]) => [`const network = ${nat("")}`, ...forwards].join("\n");
const intercept = (args: string, name = "dns", options = "") =>
  `const ${name} = new kvmnet.PortForward("${name}", { network, intercept: "8.8.8.8", target: "127.0.0.1", ${args} }${options});`;
const dhcp = (args: string) =>
  `new kvmnet.DnsmasqInstance("lab", { bridge: "br1", ipv4Cidr: "10.20.0.0/24", gateway: "10.20.0.1", ${args} });`;
const nic = (args: string) => `new kvmnet.VmInterface("web", { domain: "web", bridge: "br0", ${args} });`;
const served = (args: string) => `
  const bridge = ${bridge('addresses: ["10.20.0.1/24"]')}
  const dhcp = new kvmnet.DnsmasqInstance("lab", { bridge });
  new kvmnet.VmInterface("web", { domain: "web", bridge, dhcp, ${args} });`;

const guestFilter = (args: string) => `new kvmnet.GuestFilter("br0", { bridge: "br0", ${args} });`;
const guests = (named: string, args = "") => guestFilter(`guests: [${named}], ${args}`);

export const badInputs: Readonly<Record<string, BadInput>> = {
  "a name too long": {
    program: bridge("", "virbr-production"),
    says: 'name: "virbr-production" is 16 bytes; the kernel allows 15. Set a shorter "name"; the resource may keep its own.',
  },
  "a name with shell in it": {
    program: bridge('name: "br1;reboot"'),
    says: 'name: "br1;reboot" cannot name an interface. Use letters, digits, "_", "." and "-" (not first), and not all, default, lo.',
  },
  "a name with a slash": {
    program: bridge('name: "br/1"'),
    says: 'name: "br/1" cannot name an interface. Use letters, digits, "_", "." and "-" (not first), and not all, default, lo.',
  },
  "a name that sysctl reserves": {
    program: bridge('name: "all"'),
    says: 'name: "all" cannot name an interface. Use letters, digits, "_", "." and "-" (not first), and not all, default, lo.',
  },
  "a misspelt argument": {
    program: bridge('adresses: ["10.20.0.1/24"]'),
    says: 'adresses: not an argument of Bridge. Did you mean "addresses"?',
  },
  "an argument that nobody knows": { program: bridge("quux: 1"), says: "quux: not an argument of Bridge." },
  "a loopback address": {
    program: bridge('addresses: ["127.0.0.1/8"]'),
    says: 'addresses[0]: "127.0.0.1/8" is a loopback address. Use one of a network of your own, such as 10.10.10.1/24.',
  },
  "a multicast address": {
    program: bridge('addresses: ["224.0.0.1/24"]'),
    says: 'addresses[0]: "224.0.0.1/24" is a multicast address. Use one of a network of your own, such as 10.10.10.1/24.',
  },
  "an address of nobody": {
    program: bridge('addresses: ["0.0.0.0/24"]'),
    says: 'addresses[0]: "0.0.0.0/24" is no address of a host. Use one of a network of your own, such as 10.10.10.1/24.',
  },
  "a loopback address of IPv6": {
    program: bridge('addresses: ["::1/64"]'),
    says: 'addresses[0]: "::1/64" is a loopback address. Use one of a network of your own, such as fd00:10::1/64.',
  },
  "an IPv4 address in IPv6": {
    program: bridge('addresses: ["::ffff:10.0.0.1/120"]'),
    says: 'addresses[0]: "::ffff:10.0.0.1/120" is of a reserved network. Use one of a network of your own, such as fd00:10::1/64.',
  },
  "a multicast address of IPv6": {
    program: bridge('addresses: ["ff02::1/64"]'),
    says: 'addresses[0]: "ff02::1/64" is a multicast address. Use one of a network of your own, such as fd00:10::1/64.',
  },
  "the address of another network": {
    program: served('address: "10.21.0.20"'),
    says: "address: 10.21.0.20 is outside 10.20.0.0/24 of the bridge.",
  },
  "the host's address": {
    program: served('address: "10.20.0.1"'),
    says: "address: 10.20.0.1 is the host's own address. Choose another one.",
  },
  "the network's address for a guest": {
    program: served('address: "10.20.0.255"'),
    says: "address: 10.20.0.255 is the network's broadcast address. Choose another one.",
  },
  "a network's own address": {
    program: bridge('addresses: ["10.20.0.0/24"]'),
    says: "addresses[0]: 10.20.0.0/24 is the network's own address. Use a host address such as 10.20.0.1/24.",
  },
  "a broadcast address": {
    program: bridge('addresses: ["10.20.0.255/24"]'),
    says: "addresses[0]: 10.20.0.255/24 is the network's broadcast address. Use a host address such as 10.20.0.1/24.",
  },
  "an address without a prefix length": {
    program: bridge('addresses: ["10.20.0.1"]'),
    says: 'addresses[0]: "10.20.0.1" is not an address with prefix length such as 10.10.10.1/24.',
  },
  "an IPv6 address that is none": {
    program: bridge('addresses: ["fd00::zz/64"]'),
    says: 'addresses[0]: "fd00::zz/64" is not an address with prefix length such as fd00::1/64.',
  },
  "a network that the host is in": {
    program: bridge('addresses: ["198.51.100.77/24"]'),
    says: "addresses[0]: 198.51.100.0/24 overlaps hv1's route 198.51.100.0/24 on eth0. Free here: 198.51.101.0/24.",
  },
  "a MAC address that is none": {
    program: bridge('mac: "52:54:00:zz:00:01"'),
    says: 'mac: "52:54:00:zz:00:01" is not a MAC address. Write six bytes such as 52:54:00:12:34:56.',
  },
  "a multicast MAC address": {
    program: bridge('mac: "01:00:5e:00:00:01"'),
    says: "mac: 01:00:5e:00:00:01 is a multicast MAC address. Use one whose first byte is even, such as 52:54:00:12:34:56.",
  },
  "a prefix of other MAC addresses": {
    program: bridge('macPrefix: "aa:bb:cc"'),
    says: 'macPrefix: "aa:bb:cc" is not a prefix for generated addresses. Use "52:54:00" (KVM) or "00:16:3e" (Xen).',
  },
  "an mtu too small": {
    program: bridge("mtu: 60"),
    says: "mtu: 60 is not an mtu; the kernel allows 68 to 65535 bytes.",
  },
  "an mtu that is no number": { program: bridge('mtu: "big"'), says: 'mtu: "big" is a string. Write a number.' },
  "no delay with stp": {
    program: bridge("stp: true, forwardDelaySeconds: 0"),
    says: "forwardDelaySeconds: 0 is too low with stp; the kernel allows 2 to 30.",
  },
  "too long a delay": {
    program: bridge("forwardDelaySeconds: 31"),
    says: "forwardDelaySeconds: 31 is too high without stp; the kernel allows 0 to 30.",
  },
  "a port with the host's address": {
    program: bridge('ports: ["eth0"]'),
    says: `ports[0]: eth0 carries hv1's address 198.51.100.2. Write uplink: "eth0" and its addressing moves to the bridge.`,
  },
  "an uplink that is not there": {
    program: bridge('uplink: "enp3s0"'),
    says: "uplink: there is no network interface enp3s0 on hv1. It has eth0.",
  },
  "no time to confirm in": {
    program: bridge('uplink: "eth0", confirmTimeoutSeconds: 5'),
    says: "confirmTimeoutSeconds: is too short to connect again; use 10 to 600 seconds.",
  },
  "DHCP without a client for it": {
    program: bridge('backend: "systemd", dhcp4: true'),
    says: "dhcp4: needs systemd-networkd, which does not keep the links of hv1. Set addresses and gateways instead.",
  },
  "a second default route": {
    program: bridge('addresses: ["10.20.0.1/24"], gateways: ["10.20.0.254"]'),
    says: "gateways[0]: hv1 has a default route already: default via 198.51.100.1 dev eth0. Leave gateways out, or move that interface's addressing here with uplink.",
    atUp: true,
  },
  "a policy that locks its user out": {
    program: 'new kvmnet.HostFirewall("hv1", { sshSourceRanges: ["203.0.113.0/24"] });',
    says: "sshSourceRanges: none of 203.0.113.0/24 contains 198.51.100.1, where you come from; hv1 would lock you out. Add it.",
    ofRealHost: true,
  },
  "a source that is no network": {
    program: 'new kvmnet.HostFirewall("hv1", { ingress: [{ ports: [80], sourceRanges: ["2001:db8::1/32"] }] });',
    says: "ingress[0].sourceRanges[0]: 2001:db8::1/32 has host bits set. Did you mean 2001:db8::/32?",
  },
  "what is forwarded by no interface": {
    program: 'new kvmnet.HostFirewall("hv1", { forward: [{ outInterfaces: [] }] });',
    says: "forward[0].outInterfaces: is empty. Name an interface, or leave it out for any.",
  },
  "what is forwarded by any interface": {
    program: 'new kvmnet.HostFirewall("hv1", { forward: [{ ports: [80] }, { inInterfaces: ["*"] }] });',
    says: 'forward[1].inInterfaces[0]: "*" is no beginning of an interface\'s name. Write one such as br-*, or leave it out for any.',
  },
  "a rule about what is forwarded that nothing meets": {
    program: 'new kvmnet.HostFirewall("hv1", { forward: [{ protocol: "icmp", ports: [80] }] });',
    says: 'forward[0].ports: cannot stand beside protocol "icmp": TCP and UDP have ports. Use "tcp", "udp" or "both", or leave ports out.',
  },
  "no way out without the guests' names": {
    program: guestFilter("antiSpoof: true"),
    says: "antiSpoof: needs guests, or nobody knows whose address is whose. List them.",
  },
  "nobody to filter": {
    program: guestFilter("guests: []"),
    says: "guests: is empty, which would filter nothing. Leave it out for all guests of the bridge.",
  },
  "an answer from the midst of a bridge": {
    program: guestFilter('ingress: [{ ports: [80] }, { action: "reject" }]'),
    says: 'ingress[1].action: a frame on its way to a guest can be dropped, and not answered. Use "drop".',
  },
  "a tap that libvirt will call otherwise": {
    program: guests('{ tap: "vnet3" }'),
    says: 'guests[0]: vnet3 is what libvirt calls its tap, until the next start. Give the VmInterface a name for it: tap: "web0".',
  },
  "a guest without a tap": {
    program: guests('{ mac: "52:54:00:00:00:01" } as never'),
    says: 'guests[0]: has no tap that is known. Give the VmInterface a name for it: tap: "web0".',
  },
  "a guest filtered twice": {
    program: guests('{ tap: "web0" }, { tap: "web0" }'),
    says: "guests[1]: web0 is guests[0], too. Name each once.",
  },
  "a guest whose MAC address nobody knows": {
    program: guests('{ tap: "web0", addresses: ["192.168.1.20"] }', "antiSpoof: true"),
    says: "guests[0]: has no mac to be held to by antiSpoof. Add mac: the guest's.",
  },
  "a guest that is held to no address": {
    program: guests('{ tap: "web0", mac: "52:54:00:00:00:01" }', "antiSpoof: true"),
    says: 'guests[0]: has no address to be held to by antiSpoof. Write { nic: web, addresses: ["192.168.1.20"] }, with a network where the guest makes up its own.',
  },
  "a guest that may be anybody": {
    program: guests('{ tap: "web0", mac: "52:54:00:00:00:01", addresses: ["0.0.0.0/0"] }', "antiSpoof: true"),
    says: "guests[0].addresses[0]: 0.0.0.0/0 has addresses that are no guest's, such as multicast ones. Use the guest's own.",
  },
  "an address of a guest in another": {
    program: guests('{ tap: "web0", addresses: ["192.168.1.0/24", "192.168.1.20"] }'),
    says: "guests[0].addresses[1]: 192.168.1.20 and 192.168.1.0/24 have addresses in common. Leave one of them out.",
  },
  "uplinks of a filter that names its guests": {
    program: guests('{ tap: "web0" }', 'uplinks: ["enp3s0"]'),
    says: "uplinks: is for a filter of all guests of the bridge; this one names its guests. Leave one of them out.",
  },
  "a tap of libvirt's for a NIC": {
    program: nic('tap: "vnet0"'),
    says: 'tap: "vnet0" is a name that libvirt gives itself, to another interface at the next start. Use one such as "web0".',
  },
  "a tap for macvtap": {
    program: 'new kvmnet.VmInterface("web", { domain: "web", macvtap: "eth0", tap: "web0" });',
    says: "tap: needs a port of a bridge, and macvtap has none. Leave it out.",
  },
  "a port that is not there": {
    program: bridge('ports: ["nosuch0"]'),
    says: "ports[0]: there is no interface nosuch0 on hv1. Make it first, or leave it out.",
    atUp: true,
  },
  "a backend that is none": {
    program: bridge('backend: "ifconfig"'),
    says: 'backend: "ifconfig" is not known. Use "networkd" or "systemd".',
  },
  "a firewall that is no backend": {
    program: nat('backend: "iptables"'),
    says: 'backend: "iptables" is no backend here: our rules are nftables\' own, beside those of iptables, which stay. Leave it out; where iptables drops guests, add coexist: ["iptables"] to their NatNetwork.',
  },
  "an unknown dummy argument": {
    program: 'new kvmnet.DummyIface("d0", { master: "br0" });',
    says: "master: not an argument of DummyIface.",
  },

  "a mode that is none": {
    program: nat('mode: "bridged"'),
    says: 'mode: "bridged" is not known. Use "nat", "routed" or "isolated".',
  },
  "a way into a translated network": {
    program: nat("ingress: [{ ports: [22] }]"),
    says: 'ingress: is for routed networks; this one\'s mode is "nat". Set mode: "routed", or let a PortForward lead to the guest.',
  },
  "a translation in a routed network": {
    program: nat('mode: "routed", snatAddresses: ["203.0.113.5"]'),
    says: 'snatAddresses: is for networks that are translated; this one is routed. Set mode: "nat", or leave it out.',
  },
  "a list of what leaves an isolated network": {
    program: nat('mode: "isolated", egress: [{ ports: [443] }]'),
    says: 'egress: has no effect in an isolated network, which nothing leaves. Set mode: "nat" or "routed", or leave it out.',
  },
  "a rule with ports of ICMP": {
    program: nat('hostServices: [{ protocol: "icmp", ports: [80] }]'),
    says: 'hostServices[0].ports: cannot stand beside protocol "icmp": TCP and UDP have ports. Use "tcp", "udp" or "both", or leave ports out.',
  },
  "a rule that no packet meets": {
    program: nat('egress: [{ sourceRanges: ["10.20.0.9"], destinationRanges: ["2001:db8::/32"] }]'),
    says: "egress[0].destinationRanges: are of another family than sourceRanges, and no packet is of both. Write a rule for each.",
  },
  "a way out of an isolated network": {
    program: nat('mode: "isolated", uplinks: ["eth0"]'),
    says: 'uplinks: has no effect in an isolated network, which nothing leaves. Set mode: "nat" or "routed", or leave it out.',
  },
  "two source addresses": {
    program: nat('snatAddresses: ["203.0.113.5", "203.0.113.6"]'),
    says: "snatAddresses[1]: 203.0.113.6 is a second IPv4 address beside 203.0.113.5. Give one a family.",
  },
  "a source address of the guests": {
    program: nat('snatAddresses: ["10.20.0.7"]'),
    says: "snatAddresses[0]: 10.20.0.7 is in the guests' own network 10.20.0.0/24. Use an address of the host's uplink.",
  },
  "an IPv6 source address without nat66": {
    program: nat('ipv6Cidr: "fd00:20::/64", snatAddresses: ["2001:db8::5"]'),
    says: "snatAddresses[0]: 2001:db8::5 is IPv6, which is routed. Set nat66: true, or leave it out.",
  },
  "nat66 without IPv6": {
    program: nat("nat66: true"),
    says: "nat66: there is no IPv6 network to translate. Give the bridge an IPv6 address, or set ipv6Cidr.",
  },
  "an IPv6 network with host bits": {
    program: nat('ipv6Cidr: "fd00:20::1/64"'),
    says: "ipv6Cidr: fd00:20::1/64 has host bits set. Did you mean fd00:20::/64?",
  },
  "a link-local network": {
    program: nat('ipv6Cidr: "fe80::/64"'),
    says: 'ipv6Cidr: "fe80::/64" is link-local, good on one link alone. Use a global or unique local one (fd00::/8).',
  },
  "a network with host bits": {
    program: 'new kvmnet.NatNetwork("lab", { bridge: "br1", ipv4Cidr: "10.20.0.5/24" });',
    says: "ipv4Cidr: 10.20.0.5/24 has host bits set. Did you mean 10.20.0.0/24?",
  },
  "a loopback network": {
    program: 'new kvmnet.NatNetwork("lab", { bridge: "br1", ipv4Cidr: "127.0.0.0/24" });',
    says: 'ipv4Cidr: "127.0.0.0/24" has addresses that are no host\'s, such as loopback or multicast ones. Use a network such as 10.10.10.0/24.',
  },
  "a multicast network": {
    program: 'new kvmnet.NatNetwork("lab", { bridge: "br1", ipv4Cidr: "224.0.0.0/24" });',
    says: 'ipv4Cidr: "224.0.0.0/24" has addresses that are no host\'s, such as loopback or multicast ones. Use a network such as 10.10.10.0/24.',
  },
  "a network that has all others in it": {
    program: 'new kvmnet.NatNetwork("lab", { bridge: "br1", ipv4Cidr: "0.0.0.0/0" });',
    says: 'ipv4Cidr: "0.0.0.0/0" has addresses that are no host\'s, such as loopback or multicast ones. Use a network such as 10.10.10.0/24.',
  },
  "the network of IPv6's loopback": {
    program: 'new kvmnet.NatNetwork("lab", { bridge: "br1", ipv6Cidr: "::/64" });',
    says: 'ipv6Cidr: "::/64" has addresses that are no host\'s, such as loopback or multicast ones. Use a network such as fd00:10::/64.',
  },
  "a bridge without an address": {
    program: 'new kvmnet.NatNetwork("lab", { bridge: "br1" });',
    says: "bridge: br1 has no address on hv1. Pass the Bridge resource, or set ipv4Cidr or ipv6Cidr.",
  },
  "no uplinks": { program: nat("uplinks: []"), says: 'uplinks: is empty. Name an interface, or use "any".' },
  "source ports backwards": {
    program: nat('natPorts: "5000-1024"'),
    says: 'natPorts: 5000-1024 runs backwards. Write "1024-5000".',
  },
  "an exempt range that is none": {
    program: nat('natExemptRanges: ["10.0.0.0/33"]'),
    says: 'natExemptRanges[0]: "10.0.0.0/33" is not an address or a network such as 198.51.100.0/24.',
  },
  "a service on port 0": {
    program: nat("hostServices: [{ ports: [0] }]"),
    says: "hostServices[0].ports[0]: 0 is not a port; ports are 1 to 65535.",
  },
  "a guest policy that is none": {
    program: nat('guestToGuest: "maybe"'),
    says: 'guestToGuest: "maybe" is not known. Use "allow" or "deny".',
  },
  "a network on no bridge": {
    program: nat(""),
    says: "bridge: there is no bridge br1 on hv1. Make it first.",
    atUp: true,
  },

  "port 0": { program: forward("ports: [0]"), says: "ports[0]: 0 is not a port; ports are 1 to 65535." },
  "port 70000": {
    program: forward("ports: [{ port: 70000 }]"),
    says: "ports[0].port: 70000 is not a port; ports are 1 to 65535.",
  },
  "a port that is a word": {
    program: forward('ports: ["http"]'),
    says: 'ports[0]: "http" is not a port such as 443 or a range such as "8000-8100".',
  },
  "a port with nft in it": {
    program: forward('ports: ["80 } ; flush ruleset"]'),
    says: 'ports[0]: "80 } ; flush ruleset" is not a port such as 443 or a range such as "8000-8100".',
  },
  "more ports than the cap": {
    program: forward('ports: ["1024-9999"]'),
    says: "ports: 8976 ports are more than the 4096 that one forward may have. Forward fewer, or route the guest's network.",
  },
  "ranges of two sizes": {
    program: forward('ports: [{ port: "60000-60100", targetPort: "50000-50050" }]'),
    says: "ports[0]: range 60000-60100 has 101 ports, targetPort 50000-50050 has 51. Make them equal, or leave targetPort out.",
  },
  "a port twice in a forward": {
    program: forward("ports: [443, 443]"),
    says: "ports[1]: tcp 443 is in ports[0] already. Write each port once.",
  },
  "no ports": { program: forward("ports: []"), says: "ports: is empty. Name a port to forward." },
  "a port claimed twice": {
    // The engine may take up the second first, unless it waits.
    program: `const web = ${forward("ports: [443]")}\n${forward("ports: [443]").replace('"web"', '"other"').replace(" });", " }, { dependsOn: web });")}`,
    says: 'ports[0]: tcp 443 on hv1 already goes to 10.20.0.10:443 (PortForward "web"). Choose another port, or different listenAddresses.',
  },
  "a port claimed twice by one interface": {
    program: `const web = ${forward('ports: [443], listenInterfaces: ["eth0", "wlan0"]')}
      const lan = ${forward('ports: [443], listenInterfaces: ["eth1"]').replace('"web"', '"lan"')}
      ${forward('ports: ["440-449"], listenInterfaces: ["wlan0"]').replace('"web"', '"other"').replace(" });", " }, { dependsOn: [web, lan] });")}`,
    says: 'ports[0]: tcp 443 on hv1 already goes to 10.20.0.10:443 (PortForward "web"). Choose another port, or other listenInterfaces.',
  },
  "a port of one interface that is taken on all": {
    program: `const web = ${forward("ports: [443]")}\n${forward('ports: [443], listenInterfaces: ["eth0"]').replace('"web"', '"other"').replace(" });", " }, { dependsOn: web });")}`,
    says: 'ports[0]: tcp 443 on hv1 already goes to 10.20.0.10:443 (PortForward "web"). Choose another port, or other listenInterfaces.',
  },
  "a forward by no interface": {
    program: forward("ports: [80], listenInterfaces: []"),
    says: "listenInterfaces: is empty. Name an interface, or leave it out for any.",
  },
  "an interface with nft in it": {
    program: forward("ports: [80], listenInterfaces: ['eth0\" drop']"),
    says: String.raw`listenInterfaces[0]: "eth0\" drop" cannot name an interface. Use letters, digits, "_", "." and "-" (not first), and not all, default, lo.`,
  },
  "an interface twice": {
    program: forward('ports: [80], listenInterfaces: ["eth0", "eth0"]'),
    says: "listenInterfaces[1]: eth0 is listenInterfaces[0], too. Name each once.",
  },
  "interfaces and vantages": {
    program: forward('ports: [80], listenInterfaces: ["eth0"], reachableFrom: ["lan"]'),
    says: "reachableFrom: cannot stand beside listenInterfaces, which say from where already. Leave one of them out.",
  },
  "an intercept by an interface": {
    program: forward('ports: [80], intercept: "192.0.2.1", listenInterfaces: ["eth0"]'),
    says: "listenInterfaces: is for forwards; an intercept is for all guests of its network, and for nobody else. Leave it out.",
  },
  "an IPv6 network that the host is in": {
    program: bridge('addresses: ["fe80::1/64", "2001:db8:51:0::9/64"]'),
    says: "addresses[1]: 2001:db8:51::/64 overlaps hv1's route 2001:db8:51::/64 dev eth0. Choose another network.",
    atUp: true,
  },
  "networks of two bridges that overlap": {
    program: `const one = ${bridge('addresses: ["10.20.0.1/16"]')}
      ${bridge('addresses: ["10.10.0.1/24", "10.20.7.1/24"]', "br4").replace(" });", " }, { dependsOn: one });")}`,
    says: "addresses[1]: 10.20.7.0/24 of br4 overlaps 10.20.0.0/16 of br1, which this program has on hv1 too. Choose another network.",
  },
  "an IPv6 network that another bridge has": {
    program: `const one = ${bridge('addresses: ["fd00:20::1/64"]')}
      new kvmnet.NatNetwork("lab", { bridge: "br4", ipv6Cidr: "fd00:20::/64", mode: "routed" }, { dependsOn: one });`,
    says: "ipv6Cidr: fd00:20::/64 of br4 overlaps fd00:20::/64 of br1, which this program has on hv1 too. Choose another network.",
  },
  "a tap of two NICs": {
    program: `const one = ${nic('tap: "web0"')}
      new kvmnet.VmInterface("db", { domain: "db", bridge: "br1", tap: "web0" }, { dependsOn: one });`,
    says: 'tap: web0 is the name of a NIC of domain "web" on hv1 already. Give each its own, or leave tap out.',
  },
  "a tap that is called as its bridge": {
    program: nic('tap: "br0"'),
    says: 'tap: br0 is the bridge itself. Give the NIC\'s end of it a name of its own, such as "web0".',
  },
  "a domain that libvirt takes for an id": {
    program: `new kvmnet.VmInterface("web", { domain: "2", bridge: "br1" });`,
    says: 'domain: "2" is a number, which libvirt takes for the id of whatever domain runs under it. Use the UUID, as virsh domuuid shows it.',
  },
  "a MAC address of two NICs": {
    program: `const one = ${nic('mac: "52:54:00:00:00:07"')}
      new kvmnet.VmInterface("db", { domain: "db", bridge: "br1", mac: "52:54:00:00:00:07" }, { dependsOn: one });`,
    says: 'mac: 52:54:00:00:00:07 is the MAC address of a NIC of domain "web" on hv1 already. Give each NIC its own, or leave mac out.',
  },
  "fewer leases than reserved addresses": {
    program: dhcp(
      'maxLeases: 1, reservations: [{ mac: "52:54:00:00:00:01", address: "10.20.0.8" }, { mac: "52:54:00:00:00:02", address: "10.20.0.9" }, { mac: "52:54:00:00:00:03", hostname: "any" }]',
    ),
    says: "maxLeases: 1 is less than the 2 addresses that are reserved: not all of them could be leased. Make it 2 at least, or leave it out.",
  },
  "a target outside the subnet": {
    program: inNetwork("10.99.0.10"),
    says: 'target: 10.99.0.10 is outside 10.20.0.0/24 of network "br1".',
  },
  "a target that is everybody, in a network that only its name is known of": {
    program: `new kvmnet.PortForward("web", { network: "br1", target: "255.255.255.255", ports: [80] });`,
    says: "target: 255.255.255.255 is no address of a guest. Use one such as 10.10.10.20.",
  },
  "a target that is the network": {
    program: inNetwork("10.20.0.0"),
    says: `target: 10.20.0.0 is the own address of network "br1". Use a guest's address such as 10.20.0.10.`,
  },
  "a target on loopback": {
    program: forward("ports: [80]").replace("10.20.0.10", "127.0.0.1"),
    says: "target: 127.0.0.1 is the host's loopback, which only an intercept may reach. Add intercept: [...], or use a guest's address.",
  },
  "a forward of two families": {
    program: forward('ports: [80], listenAddresses: ["2001:db8::5"]'),
    says: "listenAddresses[0]: 2001:db8::5 is IPv6, the target 10.20.0.10 is IPv4. Declare a forward for each family.",
  },
  "a target of a family that the network has not": {
    program: inNetwork("fd00:20::10"),
    says: 'target: fd00:20::10 is IPv6, of which network "br1" has no prefix. Give its bridge one.',
  },
  "a forward into an isolated network": {
    program: `const network = ${nat('mode: "isolated"')}\nnew kvmnet.PortForward("web", { network, target: "10.20.0.9", ports: [80] });`,
    says: 'network: network "br1" is isolated, and lets nothing in. Set its mode to "nat" or "routed".',
  },
  "no targets": { program: group("[]"), says: "target: is empty. Name a guest to forward to." },
  "a target twice": {
    program: group('["10.20.0.10", "10.20.0.11", "10.20.0.10"]'),
    says: "target[2]: 10.20.0.10 is in target[0] already. Name each guest once.",
  },
  "one of several targets outside the subnet": {
    program: inNetwork('10.20.0.10", "10.99.0.11').replace(/target: (.*), ports/, "target: [$1], ports"),
    says: 'target[1]: 10.99.0.11 is outside 10.20.0.0/24 of network "br1".',
  },
  "targets of two families": {
    program: group('["10.20.0.10", "fd00::11"]'),
    says: "target[1]: fd00::11 is IPv6, the target 10.20.0.10 is IPv4. Declare a forward for each family.",
  },
  "too many targets": {
    program: group(`[${Array.from({ length: 17 }, (_, at) => `"10.20.0.${10 + at}"`)}]`),
    says: "target: 17 targets are more than the 16 that one forward may have. Forward to fewer, or to a proxy.",
  },
  "too many ports for several targets": {
    program: forward('ports: ["1000-1999"], healthCheck: {}').replace(
      '"10.20.0.10"',
      '["10.20.0.10", "10.20.0.11", "10.20.0.12"]',
    ),
    says: "ports: 1000 ports to 3 targets that are looked after are 6000 elements, more than the 4096 that one forward may have. Forward fewer.",
  },
  "a single target that is looked after": {
    program: forward("ports: [80], healthCheck: {}"),
    says: "healthCheck: is for several targets, and this forward has one. Make target a list, or leave it out.",
  },
  "an intercept to several targets": {
    program: group('["10.20.0.10", "10.20.0.11"]', 'intercept: "192.0.2.1"'),
    says: "target: is a list, but an intercept leads to one place. Name one.",
  },
  "an intercept that is balanced": {
    program: group('"10.20.0.10"', 'intercept: "192.0.2.1", balance: "random"'),
    says: "balance: is for several targets, and an intercept leads to one place. Leave it out.",
  },
  "a balance that is none": {
    program: group('["10.20.0.10", "10.20.0.11"]', 'balance: "round-robin"'),
    says: 'balance: "round-robin" is not known. Use "source-hash" or "random".',
  },
  "a health check that outlasts its period": {
    program: group('["10.20.0.10", "10.20.0.11"]', "healthCheck: { periodSeconds: 3, timeoutSeconds: 4 }"),
    says: "healthCheck.timeoutSeconds: 4 is longer than periodSeconds, 3: one look would run into the next. Set one of them otherwise.",
  },
  "a health check of UDP": {
    program: group('["10.20.0.10", "10.20.0.11"]', 'protocol: "udp", healthCheck: {}'),
    says: "healthCheck.port: is missing: of udp alone it cannot be told whether a target is there. Name a TCP port that it answers on.",
  },
  "a health check with something of its own": {
    program: group('["10.20.0.10", "10.20.0.11"]', 'healthCheck: { path: "/" }'),
    says: "healthCheck.path: not an argument of PortForward.",
  },
  "a health check that never fails": {
    program: group('["10.20.0.10", "10.20.0.11"]', "healthCheck: { failureThreshold: 0 }"),
    says: "healthCheck.failureThreshold: 0 is too small; 1 is the least.",
  },
  "an intercept with a source": {
    program: forward('ports: [80], intercept: "192.0.2.1", sourceRanges: ["10.20.0.0/24"]'),
    says: "sourceRanges: is for forwards; an intercept is for all guests of its network, and for nobody else. Leave it out.",
  },
  "an intercept of a family that the network does not have": {
    program: `const network = ${nat("")}\nnew kvmnet.PortForward("dns", { network, intercept: "2001:db8::1", target: "2001:db8::2", ports: [53] });`,
    says: 'network: "br1" has no IPv6, so its guests dial no such address. Leave the intercept out, or give the network a prefix.',
  },
  "an intercept of loopback": {
    program: forward('ports: [80], intercept: "127.0.0.1"'),
    says: "intercept[0]: 127.0.0.1 is no address that guests dial beyond themselves. Name one such as 8.8.8.8.",
  },
  "an intercept to loopback of UDP that is not DNS": {
    program: intercepts(intercept('ports: [123], protocol: "udp"')),
    says: "ports[0]: udp 123 cannot be relayed to loopback, as udp 53 (DNS) and tcp can. Have the program listen on 10.20.0.1, and make that the target.",
  },
  "an intercept to loopback of a range": {
    program: intercepts(intercept('ports: ["8000-8010"]')),
    says: "ports: to loopback goes by a relay for each port, 16 at most and no ranges. Name the ports, or lead to a guest.",
  },
  "an intercept to loopback from a bridge": {
    program:
      'new kvmnet.PortForward("dns", { network: "br1", intercept: "8.8.8.8", target: "127.0.0.1", ports: [53] });',
    says: 'network: "br1" has no IPv4 address that is known here, for a relay to listen on. Pass the NatNetwork itself.',
  },
  "an address intercepted twice": {
    program: intercepts(intercept("ports: [53]", "one"), intercept("ports: [53]", "two", ", { dependsOn: one }")),
    says: 'ports[0]: tcp from guests of br1 to 8.8.8.8, port 53 on hv1 already goes to 127.0.0.1:53 (PortForward "one"). Intercept it once.',
  },
  "any address intercepted twice": {
    program: intercepts(
      intercept("ports: [53]", "one"),
      intercept("ports: [53]", "two", ", { dependsOn: one }"),
    ).replaceAll('"8.8.8.8"', '"any"'),
    says: 'ports[0]: tcp from guests of br1 to any IPv4 address, port 53 on hv1 already goes to 127.0.0.1:53 (PortForward "one"). Intercept it once.',
  },
  "an intercept of no address": {
    program: forward('ports: [80], intercept: "all"'),
    says: 'intercept: "all" is not an IP address such as 10.10.10.20 or fd00:10::20.',
  },
  "a listen address on loopback": {
    program: forward('ports: [80], listenAddresses: ["127.0.0.1"]'),
    says: "listenAddresses[0]: 127.0.0.1 is the host's loopback, where no packet from outside arrives. Use another address of the host.",
  },
  "a source that is none": {
    program: forward('ports: [80], sourceRanges: ["office"]'),
    says: 'sourceRanges[0]: "office" is not an address or a network such as 198.51.100.0/24.',
  },
  "a protocol without ports": {
    program: forward('ports: [80], protocol: "icmp"'),
    says: 'protocol: "icmp" is not known. Use "tcp", "udp" or "both".',
  },
  "a forward's name with a path in it": {
    program: forward('ports: [80], name: "../../etc/cron.d/x"'),
    says: 'name: "../../etc/cron.d/x" cannot be used as a name on the host. Use up to 64 letters, digits, "_", "." and "-" (the last two not first).',
  },
  "the SSH port": {
    program: forward("ports: [22]").replaceAll("br1", "br0"),
    says: "ports[0]: tcp 22 carries the SSH connection to hv1; forwarding it would cut you off. Try { port: 2222, targetPort: 22 }.",
    atUp: true,
  },
  "a port on which something listens": {
    program: forward("ports: [7777]").replaceAll("br1", "br0"),
    says: "ports[0]: busybox listens on tcp 0.0.0.0:7777 on hv1. Stop it, or set listenAddresses to an address it does not use.",
    atUp: true,
  },
  "a forward of no network": {
    program: forward("ports: [80]"),
    says: "network: there is no NatNetwork of bridge br1 on hv1. Declare one, and pass it here.",
    atUp: true,
  },

  "a range outside the subnet": {
    program: dhcp('ranges: ["10.99.0.100-10.99.0.150"]'),
    says: "ranges[0]: 10.99.0.100 is outside 10.20.0.0/24 of the bridge.",
  },
  "overlapping ranges": {
    program: dhcp('ranges: ["10.20.0.100-10.20.0.150", "10.20.0.150-10.20.0.160"]'),
    says: "ranges[1]: 10.20.0.150-10.20.0.160 overlaps 10.20.0.100-10.20.0.150. Make them one range, or keep them apart.",
  },
  "a range backwards": {
    program: dhcp('ranges: ["10.20.0.150-10.20.0.100"]'),
    says: 'ranges[0]: 10.20.0.150-10.20.0.100 runs backwards. Write "10.20.0.100-10.20.0.150".',
  },
  "a range with the gateway in it": {
    program: dhcp('ranges: ["10.20.0.1-10.20.0.100"]'),
    says: "ranges[0]: 10.20.0.1-10.20.0.100 holds 10.20.0.1, the host's own address. Begin after it, or end before it.",
  },
  "a reservation outside the subnet": {
    program: dhcp('reservations: [{ mac: "52:54:00:00:00:01", address: "10.99.0.9" }]'),
    says: "reservations[0].address: 10.99.0.9 is outside 10.20.0.0/24 of the bridge.",
  },
  "a reservation of the broadcast address": {
    program: dhcp('reservations: [{ mac: "52:54:00:00:00:01", address: "10.20.0.255" }]'),
    says: "reservations[0].address: 10.20.0.255 is the network's broadcast address. Choose another one.",
  },
  "a reservation of nothing": {
    program: dhcp('reservations: [{ mac: "52:54:00:00:00:01" }]'),
    says: "reservations[0]: reserves nothing. Add an address, a hostname or both.",
  },
  "an address reserved twice": {
    program: dhcp(
      'reservations: [{ mac: "52:54:00:00:00:01", address: "10.20.0.9" }, { mac: "52:54:00:00:00:02", address: "10.20.0.9" }]',
    ),
    says: "reservations[1].address: 10.20.0.9 is reserved in reservations[0] already. Reserve each address once.",
  },
  "a host name with shell in it": {
    program: dhcp('reservations: [{ mac: "52:54:00:00:00:01", hostname: "$(reboot)" }]'),
    says: 'reservations[0].hostname: "$(reboot)" is not a host name. Use up to 63 letters, digits and "-" (not first or last), without a domain.',
  },
  "a name of no address": {
    program: dhcp('hostRecords: { "nas.lab.internal": "10.20.0" }'),
    says: 'hostRecords.nas.lab.internal: "10.20.0" is not an IP address such as 10.10.10.20 or fd00:10::20.',
  },
  "a name of an address that is of one link alone": {
    program: dhcp('hostRecords: { "nas.lab.internal": ["10.20.0.5", "fe80::1"] }'),
    says: 'hostRecords.nas.lab.internal[1]: "fe80::1" is link-local, good on one link alone. Use a global or unique local one (fd00::/8).',
  },
  "a line break in a raw line": {
    program: dhcp('extraLines: ["txt-record=a\\nuser=root"]'),
    says: 'extraLines[0]: "txt-record=a\\nuser=root" holds a line break or another control character. Write one line an element.',
  },
  "a raw line that changes what is ours": {
    program: dhcp('extraLines: ["conf-file=/root/evil.conf"]'),
    says: 'extraLines[0]: "conf-file" is set by DnsmasqInstance itself, so that it keeps to its bridge and its own files. Leave it out.',
  },
  "too short a lease": {
    program: dhcp("leaseTimeSeconds: 60"),
    says: "leaseTimeSeconds: 60 s is too short; dnsmasq leases for 120 s at least.",
  },
  "a DHCP option that is none": {
    program: dhcp('dhcpOptions: { "NTP server": "10.20.0.1" }'),
    says: 'dhcpOptions: "NTP server" is not a DHCP option. Use a number from 1 to 254, or a name such as "ntp-server".',
  },
  "a domain that is none": {
    program: dhcp('domain: "lab internal"'),
    says: 'domain: "lab internal" is not a domain name such as lab.internal.',
  },
  "a resolver that is none": {
    program: dhcp('forwarders: ["dns.example"]'),
    says: 'forwarders[0]: "dns.example" is not an IP address such as 9.9.9.9.',
  },
  "IPv6 ranges without IPv6": {
    program: dhcp('ranges: ["fd00:20::100-fd00:20::1ff"]'),
    says: "ranges[0]: fd00:20::100-fd00:20::1ff is of IPv6, which the bridge does not have. Give the Bridge an address such as fd00:10::1/64.",
  },
  "an IPv6 range outside the network": {
    program: dhcp('ipv6Cidr: "fd00:20::/64", ranges: ["fd00:21::100-fd00:21::1ff"]'),
    says: "ranges[0]: fd00:21::100 is outside fd00:20::/64 of the bridge.",
  },
  "a range of two families": {
    program: dhcp('ipv6Cidr: "fd00:20::/64", ranges: ["10.20.0.9-fd00:20::1ff"]'),
    says: 'ranges[0]: "10.20.0.9-fd00:20::1ff" is not a range such as "fd00:10::1000-fd00:10::1fff".',
  },
  "router advertisements without IPv6": {
    program: dhcp('routerAdvertisements: "stateful"'),
    says: 'routerAdvertisements: "stateful" needs IPv6, which the bridge does not have. Give the Bridge an address such as fd00:10::1/64.',
  },
  "addresses that guests cannot make up": {
    program: dhcp('ipv6Cidr: "fd00:20::/80", routerAdvertisements: "slaac"'),
    says: 'routerAdvertisements: guests make up addresses in a /64 only, and fd00:20::/80 is none. Use "stateful", or "off".',
  },
  "leases where none are": {
    program: dhcp('ipv6Cidr: "fd00:20::/64", ranges: ["fd00:20::100-fd00:20::1ff"], routerAdvertisements: "stateless"'),
    says: 'routerAdvertisements: "stateless" leases no address, but IPv6 ranges or an address6 are given. Use "stateful" or "slaac".',
  },
  "a boot file that nobody serves": {
    program: dhcp('boot: { file: "pxelinux.0" }'),
    says: "boot: names nobody who serves the file. Give tftpRoot, or the server that has it.",
  },
  "a boot file with an option in it": {
    program: dhcp('boot: { tftpRoot: "/srv/tftp", file: "a,,10.0.0.1" }'),
    says: 'boot.file: "a,,10.0.0.1" cannot be a boot file. Use up to 127 letters, digits and "_", ".", "/", ":", "+", "-", without "..".',
  },
  "a boot directory that the unit does not see": {
    program: dhcp('boot: { tftpRoot: "/home/ops/tftp", file: "pxelinux.0" }'),
    says: "boot.tftpRoot: /home/ops/tftp is hidden from dnsmasq, whose unit sees nothing of /home. Use a directory such as /srv/tftp.",
  },
  "a boot directory that leads elsewhere": {
    program: dhcp('boot: { tftpRoot: "/srv/../etc", file: "passwd" }'),
    says: 'boot.tftpRoot: "/srv/../etc" is not a directory such as /srv/tftp. Write its whole path, of letters, digits and "_", ".", "+", "-".',
  },
  "a server to stand in for that is ours": {
    program: dhcp('replaces: { unit: "kvmnet-dnsmasq@br2.service" }'),
    says: "replaces.unit: kvmnet-dnsmasq@br2.service is a unit of ours. Take that resource's away instead.",
  },
  "a server to stand in for that is no service": {
    program: dhcp('replaces: { unit: "dnsmasq" }'),
    says: 'replaces.unit: "dnsmasq" is not a service of systemd\'s such as "dnsmasq@virbr10.service".',
  },
  "a domain to resolve that is none": {
    program: dhcp("resolveOnHost: true"),
    says: "resolveOnHost: needs a domain whose names the host asks for here. Set domain.",
  },
  "names that would go in circles": {
    program: dhcp('domain: "lab.internal", authoritative: false, resolveOnHost: true'),
    says: "resolveOnHost: would send names in circles with authoritative: false. Leave that out.",
  },
  "a host without systemd-resolved": {
    program: dhcp('domain: "lab.internal", resolveOnHost: true').replaceAll("10.20.0", "10.30.0").replace("br1", "br2"),
    says: "resolveOnHost: systemd-resolved does not run on hv1. Run there: apt install systemd-resolved && systemctl enable --now systemd-resolved. Or leave resolveOnHost out, and ask dnsmasq itself.",
    atUp: true,
  },
  "a line dnsmasq does not take": {
    program: dhcp('extraLines: ["no-such-option"]').replaceAll("10.20.0", "10.30.0").replace("br1", "br2"),
    says: "extraLines, dhcpOptions: dnsmasq on hv1 does not take a line of its configuration (bad option: no-such-option). Correct it, or leave it out.",
    atUp: true,
  },

  "a libvirt network that is not there": {
    program: 'new kvmnet.LibvirtNetwork("lan", { active: false });',
    says: "name: hv1 has no libvirt network \"lan\" (Network not found: no network with matching name 'lan'). Run there: virsh net-list --all",
    atUp: true,
  },
  "a libvirt network on no bridge": {
    program: 'new kvmnet.LibvirtNetwork("lan", { bridge: "br1" });',
    says: "bridge: there is no bridge br1 on hv1. Make it first.",
    atUp: true,
  },
  "forwarders where libvirt answers no names": {
    program: 'new kvmnet.LibvirtNetwork("lan", { bridge: "br1", forwarders: ["9.9.9.9"] });',
    says: "forwarders: libvirt answers no names on br1. Leave it out, and give the bridge's DnsmasqInstance forwarders.",
  },
  "no forwarders": {
    program: 'new kvmnet.LibvirtNetwork("default", { forwarders: [] });',
    says: "forwarders: names no resolver. Leave it out: the network keeps its own.",
  },
  "a forwarder that is a name": {
    program:
      'new kvmnet.LibvirtNetwork("default", { forwarders: ["9.9.9.9", { domain: "corp.example", address: "dns.example" }] });',
    says: 'forwarders[1].address: "dns.example" is not an IP address such as 9.9.9.9.',
  },
  "a forwarder for names that are answered here": {
    program: dhcp('domain: "lab.internal", forwarders: [{ domain: "lab.internal", address: "10.9.9.9" }]'),
    says: "forwarders[0].domain: lab.internal is answered here alone. Leave it out, or set authoritative: false.",
  },
  "a libvirt network that is not ours": {
    program: 'new kvmnet.LibvirtNetwork("default", { active: false });',
    says: "name: network default exists on hv1 and no stack owns it. Set adopt: true to take it over, or choose another name.",
    atUp: true,
  },
  "a libvirt network that is an option": {
    program: 'new kvmnet.LibvirtNetwork("--all", { active: false });',
    says: 'name: "--all" cannot be a libvirt network. Set another "name"; the resource may keep its own.',
  },

  "an unknown domain": {
    program: nic("waitForAddressSeconds: 0"),
    says: `domain: hv1 has no domain "web" on qemu:///system (error: failed to get domain 'web'). Run there: virsh -c qemu:///system list --all`,
    atUp: true,
  },
  "a domain that is an option": {
    program: nic("").replace('"web", bridge', '"--all", bridge'),
    says: 'domain: "--all" cannot be a libvirt domain. Use its name or UUID as virsh list --all shows it.',
  },
  "a libvirt URI with a quote": {
    program: nic(`uri: "qemu:///system'"`),
    says: `uri: "qemu:///system'" is not a libvirt URI such as "qemu:///system" or "lxc:///system".`,
  },
  "a user's own libvirt": {
    program: nic('uri: "qemu:///session"'),
    says: `uri: "qemu:///session" is one user's own libvirt: the host would connect to root's, and none may use the host's bridges. Define the domain on "qemu:///system".`,
  },
  "a libvirt on another machine": {
    program: nic('uri: "qemu+ssh://root@hv2/system"'),
    says: 'uri: "qemu+ssh://root@hv2/system" is on another machine. Give that one as host, and the URI without it.',
  },
  "a NIC that is plugged into nothing": {
    program: 'new kvmnet.VmInterface("web", { domain: "web" });',
    says: "bridge: is missing: a NIC is plugged into one of bridge, libvirtNetwork, macvtap, pciDevice. Give one of them.",
  },
  "a NIC that is plugged into two things": {
    program: nic('macvtap: "eth0"'),
    says: "macvtap: cannot stand beside bridge: a NIC is plugged into one thing. Leave one of them out.",
  },
  "a PCI address that is none": {
    program: 'new kvmnet.VmInterface("web", { domain: "web", pciDevice: "0000:03:40.1" });',
    says: 'pciDevice: "0000:03:40.1" is not the address of a PCI device such as 0000:03:10.1, as lspci -D shows it.',
  },
  "a PCI device with a filter": {
    program: 'new kvmnet.VmInterface("web", { domain: "web", pciDevice: "03:10.1", filter: "clean-traffic" });',
    says: "filter: is for an emulated NIC; with pciDevice the guest drives the hardware itself. Leave it out.",
  },
  "isolation without a port": {
    program: 'new kvmnet.VmInterface("web", { domain: "web", macvtap: { nic: "eth0" }, isolated: true });',
    says: "isolated: needs a port of a bridge, and macvtap has none. Leave it out.",
  },
  "a macvtap mode that is none": {
    program: 'new kvmnet.VmInterface("web", { domain: "web", macvtap: { nic: "eth0", mode: "nat" } as any });',
    says: 'macvtap.mode: "nat" is not known. Use "bridge", "vepa", "private" or "passthrough".',
  },
  "queues that the model does not have": {
    program: nic('model: "e1000e", queues: 4'),
    says: 'queues: e1000e has one queue, and 4 need model: "virtio". Leave queues out.',
  },
  "a limit of nothing": {
    program: nic("bandwidth: {}"),
    says: "bandwidth: limits nothing. Give inboundKiBps, outboundKiBps or both.",
  },
  "a limit of zero": {
    program: nic("bandwidth: { inboundKiBps: 0 }"),
    says: "bandwidth.inboundKiBps: 0 is not a rate; libvirt's are 1 to 4194303 KiB/s.",
  },
  "a model that is none": {
    program: nic('model: "rtl9000"'),
    says: 'model: "rtl9000" is not known. Use "virtio", "e1000e" or "rtl8139".',
  },
  "an address without a place to reserve it": {
    program: nic('address: "10.10.10.9"'),
    says: "address: needs a DnsmasqInstance to be reserved in. Add dhcp: the network's instance.",
  },
  "a required argument left out": {
    program: 'new kvmnet.VmInterface("web", { bridge: "br0" } as any);',
    says: "domain: is required by VmInterface.",
  },
  "a rule of no sources": {
    program: nat("hostServices: [{ ports: [22], sourceRanges: [] }]"),
    says: "hostServices[0].sourceRanges: is empty. Name where it may come from, or leave it out for anywhere.",
  },
  "a rule of no ports": {
    program: nat("hostServices: [{ ports: [] }]"),
    says: "hostServices[0].ports: is empty. Name a port, or leave it out for all.",
  },
  "a guest filter's rule of no destinations": {
    program: guestFilter("egress: [{ destinationRanges: [] }]"),
    says: "egress[0].destinationRanges: is empty. Name where it may go, or leave it out for anywhere.",
  },
  "a forward that listens nowhere": {
    program: forward("ports: [80], listenAddresses: []"),
    says: "listenAddresses: is empty. Name an address of the host, or leave it out for any.",
  },
  "a forward for nobody": {
    program: forward("ports: [80], reachableFrom: []"),
    says: "reachableFrom: is empty, and nobody could use it. Name who may, or leave it out for all three.",
  },
  "a broadcast address outside the network": {
    program: bridge('addresses: [{ address: "10.20.0.1/24", broadcast: "10.20.1.255" }]'),
    says: "addresses[0].broadcast: 10.20.1.255 is outside 10.20.0.0/24. Use its last address, or leave it out.",
  },
  "a broadcast address of IPv6": {
    program: bridge('addresses: [{ address: "fd00:20::1/64", broadcast: "10.20.0.255" }]'),
    says: "addresses[0].broadcast: 10.20.0.255 is for IPv4; IPv6 has no broadcast. Leave it out.",
  },
  "an address of one link": {
    program: bridge('addresses: ["fe80::1%eth0/64"]'),
    says: 'addresses[0]: "fe80::1%eth0/64" is not an address with prefix length such as fd00::1/64.',
  },
  "a prefix length with a leading zero": {
    program: bridge('addresses: ["10.20.0.1/08"]'),
    says: 'addresses[0]: "10.20.0.1/08" is not an address with prefix length such as 10.10.10.1/24.',
  },
  "a gateway in no network of the bridge": {
    program: bridge('addresses: ["10.20.0.1/24"], gateways: ["10.30.0.1"]'),
    says: "gateways[0]: 10.30.0.1 is in no network of the bridge's addresses. Give the bridge an address in the router's network.",
  },
  "a gateway that is the host": {
    program: bridge('addresses: ["10.20.0.1/24"], gateways: ["10.20.0.1"]'),
    says: "gateways[0]: 10.20.0.1 is the host's own address. Name the router's.",
  },
  "two gateways of one family": {
    program: bridge('addresses: ["10.20.0.1/24"], gateways: ["10.20.0.254", "10.20.0.253"]'),
    says: "gateways[1]: 10.20.0.253 would be a second default route beside gateways[0]. Leave one of them out.",
  },
  "a multicast gateway": {
    program: bridge('addresses: ["10.20.0.1/24"], gateways: ["224.0.0.1"]'),
    says: 'gateways[0]: "224.0.0.1" is a multicast address. Use one of a network of your own, such as 10.10.10.1/24.',
  },
  "a network that the bridge is not in": {
    program: `const bridge = ${bridge('addresses: ["10.20.0.1/24"]')}
      new kvmnet.NatNetwork("lab", { bridge, ipv4Cidr: "10.99.0.0/24" });`,
    says: "ipv4Cidr: the host has no address of 10.99.0.0/24 on br1, but 10.20.0.1/24. Leave it out, or give the Bridge one.",
  },
  "an IPv6 address reserved that is the host's own": {
    program: `const bridge = ${bridge('addresses: ["10.20.0.1/24", "fd00:20::1/64"]')}
      new kvmnet.DnsmasqInstance("lab", { bridge, reservations: [{ mac: "52:54:00:00:00:01", address6: "fd00:20::1" }] });`,
    says: "reservations[0].address6: fd00:20::1 is the host's own address. Choose another one.",
  },
  "an IPv6 address reserved that is all routers'": {
    program: `const bridge = ${bridge('addresses: ["10.20.0.1/24", "fd00:20::1/64"]')}
      new kvmnet.DnsmasqInstance("lab", { bridge, reservations: [{ mac: "52:54:00:00:00:01", address6: "fd00:20::" }] });`,
    says: "reservations[0].address6: fd00:20:: is the network's own address. Choose another one.",
  },
  "an IPv6 range with the host in it": {
    program: `const bridge = ${bridge('addresses: ["10.20.0.1/24", "fd00:20::10/64"]')}
      new kvmnet.DnsmasqInstance("lab", { bridge, routerAdvertisements: "stateful", ranges: ["10.20.0.9-10.20.0.10", "fd00:20::1-fd00:20::ff"] });`,
    says: "ranges[1]: fd00:20::1-fd00:20::ff holds fd00:20::10, the host's own address. Begin after it, or end before it.",
  },
  "a NIC's IPv6 address outside the network": {
    program: served('address6: "fd00:30::9"').replace('"10.20.0.1/24"', '"10.20.0.1/24", "fd00:20::1/64"'),
    says: "address6: fd00:30::9 is outside fd00:20::/64 of the bridge.",
  },
  "a host name that is an order to dnsmasq": {
    program: dhcp('reservations: [{ mac: "52:54:00:00:00:01", hostname: "ignore" }]'),
    says: 'reservations[0].hostname: "ignore" is a lease time or an order to dnsmasq, and no name. Use another one, such as vm-ignore.',
  },
  "a host name that is a lease time": {
    program: served('hostname: "45m"'),
    says: 'hostname: "45m" is a lease time or an order to dnsmasq, and no name. Use another one, such as vm-45m.',
  },
  "forwarders without DNS": {
    program: dhcp('dns: false, forwarders: ["9.9.9.9"]'),
    says: "forwarders: is about DNS, and dns is false. Leave one of them out.",
  },
};
