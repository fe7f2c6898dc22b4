import { isUp } from "../doctor/picture/libvirt.ts";
import type { Address, Link } from "../doctor/picture/links.ts";
import type { Picture } from "../doctor/picture/picture.ts";
import type { Scene } from "../doctor/scene.ts";
import { broadcastOf, networkOf, overlaps } from "../model/values/prefix.ts";
import type { Declaration, Part } from "./declaration.ts";

/** A bridge that is taken over, and what the rest of its network is planned from. */
export interface AdoptedBridge {
  readonly name: string;
  readonly declaration: Declaration;
  /** The host's addresses on it, with prefix length. */
  readonly addresses: readonly string[];
}

/** Docker's own bridges are its matter. */
const docker = /^(docker\d*|docker_gwbridge|br-[0-9a-f]{12})$/;
/** What the host's machines have as their end of a wire. */
const wires = ["tun", "veth", "macvtap"];
/** The kernel's own, for a bridge (if_bridge.h). */
const kernelMtu = 1500;

/** Bridges that somebody made by hand for guests behind the host, with their anchors. */
export function bridgesOf(scene: Scene): Part & { readonly bridges: AdoptedBridge[] } {
  const { picture } = scene;
  const part = { declarations: [] as Declaration[], left: [] as string[], bridges: [] as AdoptedBridge[] };
  for (const link of picture.links.filter(({ kind, name }) => kind === "bridge" && !docker.test(name))) {
    if (isLibvirts(picture, link)) continue;
    const reason = whyNot(scene, link);
    if (reason !== undefined) {
      part.left.push(`bridge ${link.name}: ${reason}`);
      continue;
    }
    const anchors = portsOf(picture, link)
      .filter(({ kind }) => kind === "dummy")
      .map((port) => dummy(picture, port));
    const adopted = bridge(picture, link, anchors);
    part.declarations.push(...anchors, adopted.declaration);
    part.bridges.push(adopted);
  }
  return part;
}

/** libvirt makes it and takes it down. */
function isLibvirts({ libvirt }: Picture, { name }: Link): boolean {
  return libvirt.networks.some(({ now }) => now.bridge === name && now.forward !== "bridge");
}

/** Why a bridge is left as it is: what would be lost or cut with a take-over. */
function whyNot({ picture, uplinks }: Scene, link: Link): string | undefined {
  const { name } = link;
  if (picture.registry.some((one) => one.kind === "link" && one.name === name)) {
    return "pulumi-kvmnet keeps it already.";
  }
  const outwards = portsOf(picture, link).find(({ kind, device }) => device || ![...wires, "dummy"].includes(kind));
  if (outwards) return `${outwards.name} joins it to the LAN. For a new one there is Bridge with uplink.`;
  const own = [...picture.addresses, ...picture.addresses6].filter((one) => one.link === name);
  if (uplinks.includes(name) || own.some(({ dynamic }) => dynamic)) {
    return "the host is addressed on it as on the LAN. For a new one there is Bridge with uplink.";
  }
  if (own.length === 0) return "it has no address of the host, so the host routes nothing for it.";
  const prefixes = own.filter(isIpv4).map(({ address, length }) => networkOf(`${address}/${length}`));
  const route = picture.routes.find((one) => one.link === name && !prefixes.includes(one.prefix));
  if (route) {
    const way = route.gateway === undefined ? "" : ` via ${route.gateway}`;
    return `it has a route of its own (${route.prefix}${way}), which a Bridge cannot keep.`;
  }
  if (link.vlanFiltering) return "it filters VLANs, which a Bridge cannot do yet.";
  if (!link.up) return "it is switched off, and a Bridge is always on.";
  return undefined;
}

function portsOf({ links }: Picture, { name }: Link): Link[] {
  return links.filter(({ master }) => master === name);
}

function isIpv4({ address }: Address): boolean {
  return !address.includes(":");
}

function dummy(picture: Picture, { name, mac, mtu }: Link): Declaration {
  const addresses = [...picture.addresses, ...picture.addresses6]
    .filter(({ link }) => link === name)
    .map(({ address, length }) => `${address}/${length}`);
  return {
    ...{ type: "DummyIface", name, id: name, notes: [] },
    args: { name, mac, ...(mtu !== kernelMtu && { mtu }), ...(addresses.length > 0 && { addresses }) },
  };
}

function bridge(picture: Picture, link: Link, anchors: readonly Declaration[]): AdoptedBridge {
  const { name, mac, mtu, stp = false, forwardDelaySeconds: delay = 0, multicastSnooping = true } = link;
  const own = [...picture.addresses, ...picture.addresses6].filter((one) => one.link === name);
  const taps = new Set(picture.libvirt.domains.filter(isUp).flatMap(({ nics }) => nics.map(({ tap }) => tap)));
  const others = portsOf(picture, link).filter((port) => port.kind !== "dummy" && !taps.has(port.name));
  const kept = picture.mentions.filter((one) => one.bridge === name).map(({ path }) => path);
  return {
    name,
    addresses: own.map(({ address, length }) => `${address}/${length}`),
    declaration: {
      ...{ type: "Bridge", name, id: name },
      args: {
        ...{ name, mac, addresses: own.map(addressArgument) },
        ...(stp && { stp }),
        ...(delay !== (stp ? 2 : 0) && { forwardDelaySeconds: delay }),
        ...(mtu !== kernelMtu && { mtu }),
        ...(!multicastSnooping && { multicastSnooping }),
      },
      ...(anchors.length > 0 && { passes: { ports: anchors }, unpacked: { ports: anchors.map((one) => one.name) } }),
      notes: [
        ...(others.length
          ? [
              `In it stay ports that others have made: ${others.map((port) => `${port.name} (${port.kind})`).join(", ")}.`,
            ]
          : []),
        ...(kept.length ? [`By hand it is known to ${kept.join(", ")}: take it out there, or leave both.`] : []),
      ],
    },
  };
}

/** The last address of the network is what a Bridge deduces. */
function addressArgument(one: Address): unknown {
  const address = `${one.address}/${one.length}`;
  if (!isIpv4(one)) return address;
  return one.broadcast === broadcastOf(address) ? address : { address, broadcast: one.broadcast ?? "none" };
}

/** Whether one of the host's addresses on a bridge is in a prefix. */
export function isOf({ addresses }: AdoptedBridge, prefix: string): boolean {
  return addresses.some((address) => overlaps(networkOf(address), prefix));
}
