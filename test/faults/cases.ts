/** What of a resource: its class, its name in the program, its arguments. */
export interface Wanted {
  readonly type: string;
  readonly name: string;
  readonly args: Record<string, unknown>;
}

/** One resource that is created, updated and deleted while things go wrong. */
export interface Case extends Wanted {
  /** What differs when it is updated. */
  readonly update: Record<string, unknown>;
  /** What must stand before, made by the product. */
  readonly on: readonly Wanted[];
  /** Why no quick host can have it: it is walked on a virtual machine then. */
  readonly machine?: string;
  /** In the long form alone: much of it is in another case. */
  readonly deep?: true;
  /** Walked on each kind of host of the matrix too: who keeps links, and which firewalls there are, may matter to it. */
  readonly everywhere?: true;
  /** What the host has of its own, before and after each boot: files, and a shell command that has them in force. */
  readonly own?: { readonly files: Readonly<Record<string, string>>; readonly setUp: string };
  /** A domain that it wants to find. */
  readonly guest?: string;
  /** A command whose answer is part of how the host is. */
  readonly also?: string;
  /** Why a boot would change what it stands on. */
  readonly noBoot?: string;
}

const bridge: Wanted = { type: "Bridge", name: "br0", args: { addresses: ["10.70.0.1/24"] } };
const network: Wanted = { type: "NatNetwork", name: "br0", args: { bridge: "br0", ipv4Cidr: "10.70.0.0/24" } };

const served = { bridge: "br0", ipv4Cidr: "10.70.0.0/24", gateway: "10.70.0.1" };

/** A DHCP server of somebody's, which waits for its bridge and has leased an address until the year 2100. */
const byHand: Case["own"] = {
  files: {
    "/etc/systemd/system/by-hand.service": `[Service]
ExecStart=/usr/sbin/dnsmasq --keep-in-foreground --pid-file= --conf-file=/dev/null --bind-dynamic --interface=br0 --except-interface=lo --dhcp-range=10.70.0.100,10.70.0.150 --dhcp-leasefile=/var/lib/by-hand/leases
[Install]
WantedBy=multi-user.target
`,
    "/var/lib/by-hand/leases": "4102444800 52:54:00:00:00:07 10.70.0.107 printer *\n",
  },
  setUp: "systemctl enable --now by-hand.service",
};

/** A bridge of somebody's. */
const ownBridge = {
  "/etc/systemd/network/40-br7.netdev": "[NetDev]\nName=br7\nKind=bridge\nMACAddress=02:00:00:00:00:07\n",
  "/etc/systemd/network/40-br7.network":
    "[Match]\nName=br7\n[Network]\nAddress=10.77.0.1/24\nConfigureWithoutCarrier=yes\nLinkLocalAddressing=no\n",
};

/** It has carrier: once a bridge had it, it keeps a route for multicast, which nobody could take from it. */
const ownPort = {
  "/etc/systemd/network/05-br7-port.network": "[Match]\nName=p0\n[Network]\nBridge=br7\nLinkLocalAddressing=no\n",
};

const untilBridged = "networkctl reload && until ip -4 route | grep -q 10.77.0.0/24; do sleep 0.1; done";

/** With carrier, so that it has its link-local address before and after. */
const carrying: Wanted = { ...bridge, args: { ...bridge.args, ports: ["p0"] } };

/** At least one for each registered resource. */
export const cases: readonly Case[] = [
  {
    ...{ type: "Bridge", name: "br1", on: [], everywhere: true },
    args: { addresses: ["10.71.0.1/24"], ports: ["p0"] },
    update: { addresses: ["10.71.0.2/24", "10.72.0.1/24"], mtu: 1400 },
  },
  // Somebody's own, which is taken over and given back as it was found.
  {
    ...{ type: "Bridge", name: "taken", on: [], deep: true },
    args: { name: "br7", adopt: true, addresses: ["10.76.0.1/24"], ports: ["p0"] },
    update: { addresses: ["10.76.0.2/24"], mtu: 1400 },
    own: { files: { ...ownBridge, ...ownPort }, setUp: `${untilBridged}; sleep 2` },
  },
  // The way to the host itself.
  {
    ...{ type: "Bridge", name: "br2", on: [], args: { uplink: "eth0", confirmTimeoutSeconds: 15 } },
    update: { addresses: ["198.51.100.2/24", "2001:db8:51::2/64", "10.75.0.1/24"] },
  },
  // The same by whoever keeps the interface, so with nothing that only some of them can be told.
  {
    ...{ type: "Bridge", name: "br3", on: [], args: { uplink: "eth0", confirmTimeoutSeconds: 15 } },
    ...{ deep: true, everywhere: true },
    update: { ports: ["p0"], multicastSnooping: false },
  },
  {
    ...network,
    ...{ on: [bridge], everywhere: true },
    update: {
      ...{ natPorts: "2000-3000", hostServices: [{ protocol: "tcp", ports: [80] }] },
      ...{ ipv6Cidr: "fd00:70::/64", nat66: true, clampMss: true, fillDhcpChecksum: true },
      coexist: ["nftables"],
    },
    own: {
      files: {
        "/etc/nftables.conf":
          "table inet own {\n\tchain forward {\n\t\ttype filter hook forward priority filter; policy drop;\n\t}\n}\n",
      },
      setUp: "systemctl enable --now nftables.service",
    },
  },
  // A forward that becomes an intercept, with relays to the host's loopback.
  {
    ...{ type: "PortForward", name: "web", on: [bridge, network], everywhere: true },
    args: {
      ...{ network: "br0", gateways: ["10.70.0.1/24"], target: "10.70.0.9", sourceRanges: ["198.51.100.0/24"] },
      ports: [9000, { port: "8080-8082", targetPort: "80-82", protocol: "both" }],
    },
    update: {
      target: "127.0.0.1",
      sourceRanges: undefined,
      intercept: ["8.8.8.8", "9.9.9.9"],
      protocol: "both",
      ports: [53],
    },
  },
  // One of several targets goes, and they are looked after no more.
  {
    ...{ type: "PortForward", name: "many", on: [bridge, network], deep: true },
    args: {
      ...{ network: "br0", gateways: ["10.70.0.1/24"], target: ["10.70.0.9", "10.70.0.10", "10.70.0.11"] },
      ...{ ports: [9000], healthCheck: { periodSeconds: 3600 } },
    },
    update: { target: ["10.70.0.9", "10.70.0.11"], healthCheck: undefined, balance: "random" },
  },
  {
    ...{ type: "DnsmasqInstance", name: "br0", on: [bridge], args: served, everywhere: true },
    update: { domain: "lab.internal", reservations: [{ mac: "52:54:00:00:00:01", address: "10.70.0.9" }] },
  },
  // One set up by hand rests meanwhile, and gets its leases back.
  {
    ...{ type: "DnsmasqInstance", name: "by-hand", on: [bridge], deep: true },
    args: { ...served, adopt: true, replaces: { unit: "by-hand.service", leaseFile: "/var/lib/by-hand/leases" } },
    update: { domain: "lab.internal", reservations: [{ mac: "52:54:00:00:00:01", address: "10.70.0.9" }] },
    own: byHand,
  },
  {
    ...{ type: "HostFirewall", name: "hv", on: [], args: { confirmTimeoutSeconds: 10 } },
    update: {
      ...{ ping: false, ingress: [{ action: "accept", protocol: "tcp", ports: [80] }] },
      ...{ filterPublished: true, forward: [{ inInterfaces: ["wg0"] }] },
    },
  },
  {
    ...{ type: "GuestFilter", name: "br0", on: [bridge] },
    machine: "the kernel of quick hosts may have no conntrack for bridges",
    args: { bridge: "br0", uplinks: ["eth0"], ingress: [{ ports: [22] }] },
    update: {
      ...{ uplinks: undefined, antiSpoof: true, egress: [{ action: "reject", ports: [25] }] },
      guests: [{ tap: "web0", mac: "52:54:00:00:00:42", addresses: ["10.70.0.42", "2001:db8:1::/64"] }],
    },
  },
  {
    ...{ type: "VmInterface", name: "nic", on: [carrying], guest: "vm" },
    noBoot: "its domain is not started at boot",
    args: { domain: "vm", bridge: "br0", mac: "52:54:00:00:00:42", waitForAddressSeconds: 0 },
    update: { linkState: "down", isolated: true },
  },
  // One that the domain has, and gets back as it was.
  {
    ...{ type: "VmInterface", name: "taken", on: [carrying], guest: "vm", deep: true },
    noBoot: "its domain is not started at boot",
    args: { domain: "vm", bridge: "br0", mac: "52:54:00:00:00:43", adopt: true, waitForAddressSeconds: 0 },
    update: { linkState: "down", isolated: true },
    own: {
      files: ownBridge,
      setUp: `${untilBridged}; virsh -q -c qemu:///system attach-interface vm bridge br7 --mac 52:54:00:00:00:43 --model virtio --live --config`,
    },
  },
  // It is plugged out and in.
  {
    ...{ type: "VmInterface", name: "nic", on: [carrying], guest: "vm", deep: true },
    noBoot: "its domain is not started at boot",
    args: { domain: "vm", bridge: "br0", mac: "52:54:00:00:00:42", waitForAddressSeconds: 0 },
    update: { model: "e1000e" },
  },
  {
    ...{ type: "LibvirtNetwork", name: "net", on: [bridge, { ...bridge, name: "br1", args: {} }] },
    args: { bridge: "br0" },
    update: { bridge: "br1" },
    also: "virsh -q net-list --all; virsh -q net-dumpxml net | grep -v '<uuid>'",
  },
  {
    ...{ type: "LibvirtNetwork", name: "default", on: [], deep: true },
    args: { active: false, autostart: false, adopt: true, forwarders: ["9.9.9.9"] },
    update: { forwarders: ["9.9.9.9", { domain: "corp.example", address: "10.9.9.9" }] },
    also: "virsh -q net-list --all; virsh -q net-dumpxml --inactive default",
  },
  {
    ...{ type: "DummyIface", name: "d0", on: [], machine: "the kernel of quick hosts may have no dummy interfaces" },
    args: { addresses: ["10.73.0.1/24"] },
    update: { addresses: ["10.73.0.2/24"], mtu: 1400 },
  },
];
