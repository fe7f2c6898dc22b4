import { maskLength } from "../packets/addresses.ts";
import type { FactLines } from "./picture.ts";
import { all, type Element, one, parseXml } from "./xml.ts";

/** What libvirt knows of networks and domains. */
export interface Libvirt {
  readonly state: "absent" | "stopped" | "running";
  readonly networks: readonly LibvirtNetwork[];
  readonly domains: readonly Domain[];
}

export interface LibvirtNetwork {
  readonly name: string;
  readonly active: boolean;
  readonly autostart: boolean;
  readonly persistent: boolean;
  /** As it runs; of an inactive one, as it is stored. */
  readonly now: NetworkDefinition;
  /** As it will be started the next time. */
  readonly stored?: NetworkDefinition;
}

export interface NetworkDefinition {
  /** `nat`, `route`, `open`, `bridge`, … or empty: isolated. */
  readonly forward: string;
  readonly bridge: string;
  readonly addresses: readonly { readonly address: string; readonly length: number }[];
  readonly ranges: readonly string[];
  readonly hosts: readonly string[];
  /** It is to answer questions for names. */
  readonly dns: boolean;
  readonly forwarders: readonly string[];
}

export interface Domain {
  readonly name: string;
  readonly uuid: string;
  /** As libvirt says it: `running`, `paused`, `shut off` … */
  readonly state: string;
  readonly nics: readonly DomainNic[];
  /** NICs of the definition that it is started from the next time. */
  readonly storedNics: readonly DomainNic[];
  /** `qemu`, `kvm`, `lxc` … */
  readonly type: string;
}

export interface DomainNic {
  readonly mac: string;
  /** `network`, `bridge`, `direct`, `hostdev` … */
  readonly type: string;
  /** The libvirt network, if it names one. */
  readonly network?: string;
  readonly bridge?: string;
  /** Its interface on the host, while the domain runs. */
  readonly tap?: string;
  /** The cable is plugged in. */
  readonly linked: boolean;
  /** The `<interface>` element. */
  readonly element: Element;
  /** As virsh prints it: its lines, indented as if it stood alone. */
  readonly lines: readonly string[];
}

/** Reads all that was asked of libvirt. */
export function parseLibvirt(facts: FactLines): Libvirt {
  const [state] = facts.libvirt ?? [];
  const named = (kind: string) =>
    Object.entries(facts)
      .filter(([key]) => key.startsWith(`${kind} `))
      .map(([key, lines]) => [key.slice(kind.length + 1), lines] as const);
  return {
    state: state === "running" || state === "stopped" ? state : "absent",
    networks: named("network").flatMap(([uuid, lines]) => {
      const document = parseXml(lines.join("\n").trim());
      const info = new Map(
        (facts[`network-info ${uuid}`] ?? []).map((line) => line.split(/:\s*/, 2) as [string, string]),
      );
      const stored = parseXml((facts[`network-stored ${uuid}`] ?? []).join("\n").trim());
      if (!document) return [];
      return {
        name: one(document, "name")?.text ?? uuid,
        ...{ active: info.get("Active") === "yes", autostart: info.get("Autostart") === "yes" },
        ...{ persistent: info.get("Persistent") === "yes", now: definition(document) },
        ...(stored && { stored: definition(stored) }),
      };
    }),
    domains: named("domain").flatMap(([uuid, lines]) => {
      const document = parseXml(lines.join("\n").trim());
      const domainState = (facts[`domain-state ${uuid}`] ?? []).join(" ").trim();
      if (!document) return [];
      const name = one(document, "name")?.text ?? uuid;
      return {
        ...{ name, uuid, state: domainState, nics: nicsOf(lines), storedNics: nicsOf(facts[`domain-stored ${uuid}`]) },
        type: document.attributes.type ?? "",
      };
    }),
  };
}

/** Whether a domain's interfaces are there on the host. */
export function isUp({ state }: Domain): boolean {
  return ["running", "paused", "idle", "pmsuspended", "in shutdown"].includes(state);
}

function definition(network: Element): NetworkDefinition {
  const ips = all(network, "ip").filter(({ attributes }) => attributes.family !== "ipv6");
  const dns = one(network, "dns");
  return {
    forward: one(network, "forward") ? (one(network, "forward")?.attributes.mode ?? "nat") : "",
    bridge: one(network, "bridge")?.attributes.name ?? "",
    addresses: ips.map(({ attributes: { address = "", netmask, prefix } }) => ({
      address,
      length: prefix === undefined ? maskLength(netmask ?? "255.255.255.255") : Number(prefix),
    })),
    ranges: ips.flatMap((ip) =>
      all(one(ip, "dhcp"), "range").map(({ attributes: { start, end } }) => `${start}-${end}`),
    ),
    hosts: ips.flatMap((ip) =>
      all(one(ip, "dhcp"), "host").map(
        ({ attributes: { mac = "", name = "", ip: address } }) => `${mac} ${name} ${address}`,
      ),
    ),
    dns: dns?.attributes.enable !== "no",
    forwarders: all(dns, "forwarder").flatMap(({ attributes: { addr, domain } }) =>
      addr !== undefined && domain === undefined ? [addr] : [],
    ),
  };
}

function nicsOf(lines: readonly string[] = []): DomainNic[] {
  const printed: string[][] = [];
  let indent: string | undefined;
  for (const line of lines) {
    const begins = /^( *)<interface[ >]/.exec(line)?.[1];
    if (begins !== undefined) printed.push([]);
    indent ??= begins;
    if (indent !== undefined) printed.at(-1)?.push(line.slice(indent.length));
    if (indent !== undefined && line === `${indent}</interface>`) indent = undefined;
  }
  const document = parseXml(lines.join("\n").trim());
  return all(one(document, "devices"), "interface").map((element, index) => nic(element, printed[index] ?? []));
}

function nic(element: Element, lines: readonly string[]): DomainNic {
  const source = one(element, "source")?.attributes ?? {};
  const tap = one(element, "target")?.attributes.dev;
  return {
    mac: (one(element, "mac")?.attributes.address ?? "").toLowerCase(),
    type: element.attributes.type ?? "",
    ...(source.network !== undefined && { network: source.network }),
    ...(source.bridge !== undefined && { bridge: source.bridge }),
    ...(tap !== undefined && { tap }),
    linked: one(element, "link")?.attributes.state !== "down",
    ...{ element, lines },
  };
}
