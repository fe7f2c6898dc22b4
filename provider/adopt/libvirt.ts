import { type Domain, type DomainNic, isUp } from "../doctor/picture/libvirt.ts";
import { one } from "../doctor/picture/xml.ts";
import type { Scene } from "../doctor/scene.ts";
import type { AdoptedBridge } from "./bridges.ts";
import { type Declaration, nothing, type Part } from "./declaration.ts";

/** libvirt's networks, as they are. */
export function libvirtNetworksOf({ picture }: Scene, bridges: readonly AdoptedBridge[]): Part {
  const part = nothing();
  for (const { name, active, autostart, persistent, now } of picture.libvirt.networks) {
    if (picture.registry.some((ours) => ours.kind === "network" && ours.name === name)) continue;
    if (!persistent) {
      part.left.push(`libvirt network ${name}: it has no stored definition, and is gone once it is stopped.`);
      continue;
    }
    const ours = now.forward === "bridge" ? bridges.find((bridge) => bridge.name === now.bridge) : undefined;
    part.declarations.push({
      ...{ type: "LibvirtNetwork", name, id: name, notes: [] },
      args: { name, ...(!active && { active }), ...(!autostart && { autostart }) },
      ...(ours && { passes: { bridge: ours.declaration }, unpacked: { bridge: ours.name } }),
    });
  }
  return part;
}

/** The NICs of libvirt's domains. `renders` says how a declared one is written. */
export function nicsOf(
  { picture }: Scene,
  bridges: readonly AdoptedBridge[],
  networks: readonly Declaration[],
  renders: (declaration: Declaration) => readonly string[],
): Part {
  const part = nothing();
  for (const domain of picture.libvirt.domains) {
    const nics = domain.storedNics.length ? domain.storedNics : domain.nics;
    for (const [index, nic] of nics.entries()) {
      const name = nics.length === 1 ? domain.name : `${domain.name}-${index}`;
      const about = `NIC ${nic.mac} of ${domain.name}`;
      if (picture.registry.some((ours) => ours.kind === "nic" && ours.name.endsWith(` ${domain.name} ${nic.mac}`)))
        continue;
      const declaration = declared(domain, nic, { name, bridges, networks });
      if (typeof declaration === "string") {
        part.left.push(`${about}: ${declaration}`);
        continue;
      }
      const differs = changed(domain, nic, renders(declaration));
      if (differs === undefined) part.declarations.push(declaration);
      else part.left.push(`${about}: to take it over would change it (${differs}).`);
    }
  }
  return part;
}

interface Among {
  readonly name: string;
  readonly bridges: readonly AdoptedBridge[];
  readonly networks: readonly Declaration[];
}

/** As a program says it, or why none can. */
function declared(domain: Domain, nic: DomainNic, { name, bridges, networks }: Among): Declaration | string {
  const { element, mac } = nic;
  const source = one(element, "source")?.attributes ?? {};
  const bridge = bridges.find((known) => known.name === nic.bridge);
  const network = networks.find((known) => known.name === nic.network);
  const container = domain.type === "lxc";
  const model = one(element, "model")?.attributes.type;
  if (!["bridge", "network", "direct"].includes(nic.type)) return `a NIC of type ${nic.type} cannot be taken over yet.`;
  if (!container && !["virtio", "e1000e", "rtl8139"].includes(model ?? "")) {
    return `its model is ${model ?? "libvirt's to choose"}, and a VmInterface has virtio, e1000e or rtl8139.`;
  }
  const queues = Number(one(element, "driver")?.attributes.queues ?? 1);
  const mtu = Number(one(element, "mtu")?.attributes.size ?? 0);
  const rate = (way: string) => Number(one(element, "bandwidth", way)?.attributes.average ?? 0);
  const filter = one(element, "filterref")?.attributes.filter;
  const bandwidth = {
    ...(rate("inbound") > 0 && { inboundKiBps: rate("inbound") }),
    ...(rate("outbound") > 0 && { outboundKiBps: rate("outbound") }),
  };
  return {
    ...{ type: "VmInterface", name, id: `${domain.name}/${mac}`, notes: [] },
    args: {
      ...{ domain: domain.name, mac },
      ...(container && { uri: "lxc:///system" }),
      ...(nic.type === "bridge" && !bridge && { bridge: nic.bridge }),
      ...(nic.type === "network" && !network && { libvirtNetwork: nic.network }),
      ...(nic.type === "direct" && { macvtap: { nic: source.dev, mode: source.mode ?? "vepa" } }),
      ...(!container && model !== "virtio" && { model }),
      ...(queues > 1 && { queues }),
      ...(mtu > 0 && { mtu }),
      ...(Object.keys(bandwidth).length > 0 && { bandwidth }),
      ...(filter !== undefined && { filter }),
      ...(!nic.linked && { linkState: "down" }),
      ...(one(element, "port")?.attributes.isolated === "yes" && { isolated: true }),
      waitForAddressSeconds: 0,
    },
    ...(nic.type === "bridge" &&
      bridge && { passes: { bridge: bridge.declaration }, unpacked: { bridge: bridge.name } }),
    ...(nic.type === "network" &&
      network && { passes: { libvirtNetwork: network }, unpacked: { libvirtNetwork: network.name } }),
  };
}

/** The first line that a VmInterface would write and the domain does not have. */
function changed(domain: Domain, { mac }: DomainNic, wanted: readonly string[]): string | undefined {
  const stored = domain.storedNics.find((nic) => nic.mac === mac);
  const live = isUp(domain) ? domain.nics.find((nic) => nic.mac === mac) : undefined;
  if (isUp(domain) && domain.storedNics.length > 0 && !live) return "the running domain does not have it yet";
  for (const nic of [stored, live]) {
    const lines = nic && linesOf(nic);
    const lacks = lines && wanted.find((line) => !lines.includes(line));
    if (lacks !== undefined) return lacks.trim();
  }
  return undefined;
}

/** Of a running domain libvirt shows what became of a network, too. */
function linesOf({ lines: [first = "", ...lines] }: DomainNic): string[] {
  if (!lines.some((line) => line.startsWith("  <source network="))) return [first, ...lines];
  const attributes = / (portid|bridge|dev|mode)='[^']*'/g;
  return [
    first.replace(/^<interface type='\w+'/, "<interface type='network'"),
    ...lines.map((line) => (line.startsWith("  <source network=") ? line.replace(attributes, "") : line)),
  ];
}
