import { another, prefixOf } from "./packets/addresses.ts";
import type { Packet } from "./packets/walk.ts";
import { baseChains, translations } from "./packets/walk.ts";
import { rangesOf, serves } from "./picture/dnsmasq.ts";
import type { Link } from "./picture/links.ts";
import type { Picture } from "./picture/picture.ts";
import { bridgeOf, type Registered } from "./picture/registry.ts";

/** A bridge that the host routes for, and what is expected of it. Bridges that guests share with the LAN are none. */
export interface Network {
  readonly bridge: string;
  /** As its owner calls it: `network default`, `NatNetwork br0`, `bridge br0`. */
  readonly subject: string;
  readonly by: "libvirt" | "kvmnet" | "hand";
  /** Whether guests are to reach the outside: by translation, by routes of the LAN's router, or not at all. */
  readonly outward: "nat" | "routed" | "any" | "no";
  /** Of ours: its guests reach what a list names, and nothing else. */
  readonly listed?: boolean;
  readonly link?: Link;
  /** Addresses that its owner wants on it, else those that it has. */
  readonly wanted: readonly { readonly address: string; readonly length: number }[];
  readonly has: readonly { readonly address: string; readonly length: number }[];
  /** Somebody means to give out addresses on it. */
  readonly dhcp: boolean;
  /** Somebody means to answer names on it. */
  readonly dns: boolean;
}

/** Docker's own bridges are its matter. */
const docker = /^(docker\d*|docker_gwbridge|br-[0-9a-f]{12})$/;
/** Far away, and never reached: rules are asked about it. */
const FAR = "8.8.8.8";

/** The networks of a host: libvirt's that run, ours, and those made by hand. */
export function networksOf(picture: Picture): Network[] {
  const found = new Map<string, Network>();
  for (const network of [...ofLibvirt(picture), ...ours(picture), ...byHand(picture)]) {
    if (!found.has(network.bridge)) found.set(network.bridge, network);
  }
  return [...found.values()];
}

/** Prefixes that the network has, or should have. */
export function prefixesOf(network: Network): string[] {
  const addresses = network.wanted.length ? network.wanted : network.has;
  return addresses.map(({ address, length }) => prefixOf(address, length));
}

/** An address that a guest of the network could have; undefined when it has no address itself. */
export function someGuest(network: Network): string | undefined {
  const [first] = network.wanted.length ? network.wanted : network.has;
  return first && another(first.address, first.length);
}

/** Packets that a guest sends out, and the answers to them. */
export function guestPackets(network: Network, uplink: string): { out: Packet[]; back: Packet[] } | undefined {
  const guest = someGuest(network);
  if (guest === undefined) return undefined;
  const packet = { dnat: false, local: false, state: "new" as const };
  const out = { ...packet, in: network.bridge, out: uplink, from: guest, to: FAR };
  const back = { ...packet, in: uplink, out: network.bridge, from: FAR, to: guest, state: "established" as const };
  const kinds = [
    { protocol: "tcp", near: 40000, far: 443 },
    { protocol: "udp", near: 40000, far: 53 },
    { protocol: "icmp", near: 0, far: 0 },
  ] as const;
  return {
    out: kinds.map(({ protocol, near, far }) => ({ ...out, protocol, fromPort: near, toPort: far })),
    back: kinds.map(({ protocol, near, far }) => ({ ...back, protocol, fromPort: far, toPort: near })),
  };
}

function ofLibvirt(picture: Picture): Network[] {
  return picture.libvirt.networks
    .filter(({ active, now }) => active && now.bridge !== "" && ["", "nat", "route", "open"].includes(now.forward))
    .map(({ name, now }) => ({
      ...base(picture, now.bridge),
      ...{ subject: `network ${name}`, by: "libvirt", wanted: now.addresses },
      outward: ({ nat: "nat", route: "routed", open: "any" } as const)[now.forward] ?? "no",
      dhcp: now.ranges.length > 0,
      dns: now.dns && now.addresses.length > 0,
    }));
}

function ours(picture: Picture): Network[] {
  const { registry } = picture;
  return registry
    .filter(({ kind }) => kind === "ruleset")
    .flatMap((table) => {
      const bridge = bridgeOf(table);
      if (bridge === undefined) return [];
      const link = registry.find(({ kind, name }) => kind === "link" && name === bridge);
      const wanted = (link?.text ?? []).flatMap((line) => {
        const [, address, length] = /^addr ([\d.]+)\/(\d+)/.exec(line) ?? [];
        return address === undefined ? [] : [{ address, length: Number(length) }];
      });
      const served = registry.some(({ kind, name }) => kind === "unit" && name === `kvmnet-dnsmasq@${bridge}.service`);
      const known = {
        subject: `bridge ${bridge}`,
        by: "kvmnet",
        ...reachOf(table),
        wanted,
        dhcp: served,
        dns: served,
      } as const;
      return [{ ...base(picture, bridge), ...known }];
    });
}

/** What a table of ours has its guests reach, by its rules for what leaves. */
function reachOf({ text }: Registered): Pick<Network, "outward" | "listed"> {
  const translated = text.some((line) => /\b(masquerade|snat)\b/.test(line) && !line.includes("ct status dnat"));
  const leaving = text.filter((line) =>
    /^\t\tiifname "[^"]+" ip6? saddr \S+ oifname .* (accept|jump egress)$/.test(line),
  );
  const outward = translated ? "nat" : leaving.length ? "routed" : "no";
  return { outward, listed: leaving.some((line) => line.endsWith("jump egress")) };
}

function byHand(picture: Picture): Network[] {
  const uplinks = new Set(picture.routes.filter(({ prefix }) => prefix === "0.0.0.0/0").map(({ link }) => link));
  const ported = new Set(picture.links.flatMap(({ master, device }) => (device && master ? [master] : [])));
  const free = picture.links.filter(
    ({ name, kind }) => kind === "bridge" && !uplinks.has(name) && !ported.has(name) && !docker.test(name),
  );
  return free.flatMap(({ name }) => {
    const plain = base(picture, name);
    const servers = picture.dnsmasqs.filter(
      (one) => serves(one, name) && one.settings.some((set) => set.startsWith("interface=")),
    );
    const dhcp = servers.some((one) => rangesOf(one).length > 0);
    const dns = servers.some((one) => !one.settings.includes("port=0"));
    if (plain.has.length === 0 && servers.length === 0) return [];
    const known = { subject: `bridge ${name}`, by: "hand", wanted: [], dhcp, dns } as const;
    return [{ ...plain, ...known, outward: meant(picture, { ...plain, ...known, outward: "any" }, dhcp) }];
  });
}

/** What a network made by hand is meant for, as far as anything tells. */
function meant(picture: Picture, network: Network, dhcp: boolean): Network["outward"] {
  const uplink = picture.routes.find(({ prefix }) => prefix === "0.0.0.0/0")?.link ?? "";
  const [packet] = guestPackets(network, uplink)?.out ?? [];
  if (packet && translations(picture.tables, packet).length > 0) return "nat";
  const named = baseChains(picture.tables, "forward").some(({ table }) =>
    [...table.chains.values()].some(({ rules }) =>
      rules.some(({ conditions }) => conditions.some((one) => "among" in one && one.among.includes(network.bridge))),
    ),
  );
  return dhcp || named ? "any" : "no";
}

function base(picture: Picture, bridge: string): Pick<Network, "bridge" | "has" | "link"> {
  const link = picture.links.find(({ name }) => name === bridge);
  const has = picture.addresses.filter((one) => one.link === bridge);
  return { bridge, has, ...(link && { link }) };
}
