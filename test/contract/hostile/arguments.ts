/** Arguments with which every resource can stand on the test's host, all that are built filled in. */
import type { ResourceDefinition } from "../../../provider/model/resource.ts";
import {
  bridge,
  dnsmasqInstance,
  dummyIface,
  guestFilter,
  hostFirewall,
  libvirtNetwork,
  natNetwork,
  portForward,
  vmInterface,
} from "../../../provider/resources/index.ts";

/** A domain whose name is hostile itself. */
export const DOMAIN = `it's "$(touch canary)" <b>&amp; ; | %s`;

export interface Sample {
  readonly definition: ResourceDefinition;
  readonly name: string;
  readonly args: Record<string, unknown>;
}

export const samples: readonly Sample[] = [
  {
    definition: dummyIface as ResourceDefinition,
    name: "d0",
    args: {
      ...{ name: "d0", mac: "52:54:00:00:00:d0", macPrefix: "52:54:00", mtu: 1400, backend: "networkd" },
      ...{ addresses: ["10.77.0.1/24"], bridge: "br0" },
    },
  },
  {
    definition: bridge as ResourceDefinition,
    name: "br7",
    args: {
      ...{ name: "br7", mac: "52:54:00:00:00:07", macPrefix: "52:54:00", mtu: 1400, backend: "networkd" },
      ...{ ports: [], addresses: ["10.77.1.1/24", { address: "10.77.2.1/24", broadcast: "10.77.2.255" }] },
      ...{ stp: false, forwardDelaySeconds: 0, multicastSnooping: true },
      ...{ uplink: "up0", dhcp4: false, acceptRa: false, gateways: [], nameservers: ["10.77.1.254"] },
      confirmTimeoutSeconds: 60,
      dhcpServer: { poolOffset: 100, poolSize: 10, dns: ["9.9.9.9"], leaseTimeSeconds: 3600 },
    },
  },
  {
    definition: hostFirewall as ResourceDefinition,
    name: "hv",
    args: {
      ...{ sshSourceRanges: ["198.51.100.0/24"], ping: false, confirmTimeoutSeconds: 60, backend: "nftables" },
      filterPublished: true,
      ingress: [
        {
          ...{ action: "accept", protocol: "tcp", ports: ["80-81"] },
          ...{ sourceRanges: ["2001:db8::/32"], destinationRanges: ["2001:db8:51::2"] },
        },
      ],
      forward: [
        {
          ...{ action: "accept", protocol: "tcp", ports: ["80-81"], inInterfaces: ["wg0"], outInterfaces: ["br-*"] },
          ...{ sourceRanges: ["2001:db8::/32"], destinationRanges: ["2001:db8:51::2"] },
        },
      ],
    },
  },
  {
    definition: guestFilter as ResourceDefinition,
    name: "br0",
    args: {
      ...{ bridge: "br0", ingressDefault: "drop", egressDefault: "accept", antiSpoof: true, backend: "nftables" },
      guests: [{ tap: "web0", mac: "52:54:00:00:00:42", addresses: ["10.70.0.42", "2001:db8:1::/64"] }],
      ingress: [{ action: "accept", protocol: "tcp", ports: ["80-81"], sourceRanges: ["198.51.100.0/24"] }],
      egress: [{ action: "reject", protocol: "udp", ports: [53], destinationRanges: ["2001:db8::/32"] }],
    },
  },
  {
    definition: guestFilter as ResourceDefinition,
    name: "br1",
    args: { bridge: "br1", uplinks: ["up0"] },
  },
  {
    definition: natNetwork as ResourceDefinition,
    name: "br1",
    args: {
      ...{ bridge: "br1", mode: "nat", ipv4Cidr: "10.70.1.0/24", uplinks: ["eth0"], natPorts: "2000-3000" },
      ...{ natExemptRanges: ["10.0.0.0/8", "fd00::/8"], guestToGuest: "allow", backend: "nftables" },
      ...{ ipv6Cidr: "fd00:70::/64", hostAddresses: ["10.70.1.1/24", "fd00:70::1/64"], nat66: true },
      ...{
        snatAddresses: ["198.51.100.2", "2001:db8:51::2"],
        ingress: [],
        egress: [{ ports: [443] }],
        clampMss: true,
        fillDhcpChecksum: true,
      },
      coexist: [],
      hostServices: [
        {
          ...{ action: "accept", protocol: "tcp", ports: ["80-81"] },
          ...{ sourceRanges: ["10.70.1.9"], destinationRanges: ["10.70.1.1"] },
        },
      ],
    },
  },
  {
    definition: portForward as ResourceDefinition,
    name: "f0",
    args: {
      ...{ name: "f0", network: "br0", gateways: ["10.70.0.1/24"], target: "10.70.0.9", protocol: "tcp" },
      ports: [{ port: "9000-9001", targetPort: "80-81", protocol: "both" }],
      ...{ listenAddresses: ["198.51.100.2"], sourceRanges: ["198.51.100.0/24"], reachableFrom: ["lan"] },
    },
  },
  {
    definition: portForward as ResourceDefinition,
    name: "g0",
    args: {
      ...{ name: "g0", network: "br0", gateways: ["10.70.0.1/24"], target: ["10.70.0.9", "10.70.0.10"], ports: [9002] },
      ...{ balance: "source-hash", healthCheck: { port: 80, periodSeconds: 5, failureThreshold: 3 } },
      ...{ listenAddresses: ["198.51.100.2"], sourceRanges: ["198.51.100.0/24"], reachableFrom: ["lan"] },
    },
  },
  {
    definition: portForward as ResourceDefinition,
    name: "l0",
    args: {
      ...{ name: "l0", network: "br0", gateways: ["10.70.0.1/24"], target: "10.70.0.9", ports: [9003] },
      listenInterfaces: ["eth0"],
    },
  },
  {
    definition: portForward as ResourceDefinition,
    name: "i0",
    args: {
      ...{ name: "i0", network: "br0", gateways: ["10.70.0.1/24"], isolated: false, intercept: ["8.8.8.8"] },
      ...{ target: "127.0.0.1", protocol: "both", ports: [53] },
    },
  },
  {
    definition: dnsmasqInstance as ResourceDefinition,
    name: "br0",
    args: {
      ...{ bridge: "br0", ipv4Cidr: "10.70.0.0/24", gateway: "10.70.0.1", ranges: ["10.70.0.100-10.70.0.110"] },
      ...{ leaseTimeSeconds: 600, maxLeases: 20, domain: "lab.internal", authoritative: true, dns: true },
      reservations: [{ mac: "52:54:00:00:00:01", address: "10.70.0.9", hostname: "web" }],
      ...{
        forwarders: ["9.9.9.9", { domain: "corp.example", address: "10.9.9.9" }],
        hostRecords: { "a.lab.internal": "10.70.0.9" },
      },
      ...{ ipv6Cidr: "fd00:70::/64", routerAdvertisements: "slaac", resolveOnHost: false },
      hostAddresses: ["10.70.0.1/24", "fd00:70::1/64"],
      boot: { file: "pxelinux.0", server: "10.70.0.9" },
      replaces: { unit: "by-hand.service" },
      ...{ dhcpOptions: { "ntp-server": ["10.70.0.1"] }, extraLines: ["txt-record=a.lab.internal,text"] },
    },
  },
  {
    definition: libvirtNetwork as ResourceDefinition,
    name: "n0",
    args: { name: "n0", bridge: "br0", active: true, autostart: true },
  },
  {
    definition: libvirtNetwork as ResourceDefinition,
    name: "default",
    args: {
      ...{ name: "default", active: false, autostart: false, adopt: true },
      forwarders: ["9.9.9.9", { domain: "corp.example", address: "10.9.9.9" }],
    },
  },
  {
    definition: vmInterface as ResourceDefinition,
    name: "nic",
    args: {
      ...{ domain: DOMAIN, bridge: "br0", uri: "qemu:///system", mac: "52:54:00:00:00:42", macPrefix: "52:54:00" },
      ...{
        dhcp: "br1",
        hostAddresses: ["10.70.0.1/24"],
        address: "10.70.1.42",
        address6: "fd00:70::42",
        hostname: "vm",
        tap: "web0",
        model: "virtio",
        mtu: 1400,
        linkState: "up",
      },
      ...{ queues: 2, bandwidth: { inboundKiBps: 1024 }, filter: "clean-traffic", isolated: true, apply: "auto" },
      waitForAddressSeconds: 0,
    },
  },
  {
    definition: vmInterface as ResourceDefinition,
    name: "shared",
    args: { domain: DOMAIN, mac: "52:54:00:00:00:43", macvtap: { nic: "up0", mode: "private" }, apply: "next-boot" },
  },
  {
    definition: vmInterface as ResourceDefinition,
    name: "on-network",
    args: { domain: DOMAIN, mac: "52:54:00:00:00:44", libvirtNetwork: "default", waitForAddressSeconds: 0 },
  },
];

/** Where a string stands in arguments: the way to it, a map's key as `[key]`. */
export type Path = readonly (string | number)[];

/** The ways to all strings, map keys included (their way ends with `"="`). */
export function stringsIn(value: unknown, path: Path = []): Path[] {
  if (typeof value === "string") return [path];
  if (typeof value !== "object" || value === null) return [];
  const maps = ["hostRecords", "dhcpOptions"];
  return Object.entries(value).flatMap(([key, inner]) => {
    const here = [...path, Array.isArray(value) ? Number(key) : key];
    const isMapKey = maps.includes(String(path.at(-1)));
    return [...(isMapKey ? [[...here, "="]] : []), ...stringsIn(inner, here)];
  });
}

/** A copy with another string (or key) at the place. */
export function replacedAt(value: unknown, [step, ...rest]: Path, text: string): unknown {
  if (step === undefined) return text;
  if (Array.isArray(value))
    return value.map((inner, index) => (index === step ? replacedAt(inner, rest, text) : inner));
  const entries = Object.entries(value as object);
  return Object.fromEntries(
    entries.map(([key, inner]) => {
      if (key !== step) return [key, inner];
      return rest[0] === "=" ? [text, inner] : [key, replacedAt(inner, rest, text)];
    }),
  );
}
