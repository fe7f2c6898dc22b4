import type { QuickHost } from "../lab/quick/index.ts";
import { network, type World } from "./world.ts";

/** What a host holds, in words that a world can be put into too. */
export type Held = Record<string, unknown>;

/** What the host must hold: from the world alone. */
export function expected({ bridges, networks, servers, forwards }: World): Held {
  const bridge = [...bridges].map(([name, { address, mtu }]) => `${name} ${address} mtu ${mtu}`);
  return {
    bridges: bridge.sort(),
    tables: [...networks.keys()].map((name) => `kvmnet_${name}`).sort(),
    translated: [...networks.keys()].map((name) => `${network(name)}.0/24`).sort(),
    exempt: [...new Set([...networks.values()].flatMap(({ exempt }) => exempt))].sort(),
    forwards: [...forwards.values()].map((one) => `tcp ${one.port} → ${one.guest} ${one.targetPort}`).sort(),
    servers: [...servers]
      .flatMap(([name, { leaseTimeSeconds: time, reservations }]) => [
        `${name} leases for ${time}s`,
        ...reservations.map(({ mac, address }) => `${name} keeps ${address} for ${mac}`),
      ])
      .sort(),
    forwarding: networks.size > 0 ? "1" : "0",
    foreign: ["added by hand"],
  };
}

/** What it holds: from the kernel and from what runs, not from the product's notes. */
export async function observed(host: QuickHost): Promise<Held> {
  const { stdout } = await host.exec(
    "ip -j addr; echo; nft -j list ruleset; echo; cat /proc/sys/net/ipv4/ip_forward; pgrep -a dnsmasq || true",
  );
  const [links = "[]", ruleset = "{}", rest = ""] = split(stdout);
  const [forwarding, ...running] = rest.split("\n");
  const nft = (JSON.parse(ruleset) as { nftables: NftObject[] }).nftables;
  const tables = nft.flatMap(({ table }) => (table ? [table.name] : []));
  return {
    bridges: (JSON.parse(links) as Link[])
      .filter(({ ifname }) => ifname.startsWith("br"))
      .map(bridgeLine)
      .sort(),
    tables: tables.filter((name) => name.startsWith("kvmnet_")).sort(),
    ...translations(nft),
    forwards: nft.flatMap(({ map }) => (map?.elem ?? []).flatMap(forwardLine)).sort(),
    servers: (await Promise.all(running.map((line) => serverLines(host, line)))).flat().sort(),
    forwarding,
    foreign: nft.flatMap(({ rule }) => (rule?.comment ? [rule.comment] : [])),
  };
}

interface Link {
  ifname: string;
  mtu: number;
  addr_info: { family: string; local: string; prefixlen: number }[];
}
interface NftObject {
  table?: { name: string };
  rule?: { table: string; comment?: string; expr: unknown[] };
  map?: { name: string; elem?: unknown[] };
  set?: { table: string; name: string; elem?: unknown[] };
}

function split(text: string): string[] {
  const lines = text.split("\n");
  const [links = "", ruleset = ""] = lines.filter((line) => /^[[{]/.test(line));
  return [
    links,
    ruleset,
    lines
      .slice(lines.indexOf(ruleset) + 1)
      .filter(Boolean)
      .join("\n"),
  ];
}

function bridgeLine({ ifname, mtu, addr_info }: Link): string {
  const addresses = addr_info.filter(({ family }) => family === "inet").map((one) => `${one.local}/${one.prefixlen}`);
  return `${ifname} ${addresses.join(" ")} mtu ${mtu}`;
}

/** Networks whose packets are masqueraded, and where to they are not: whatever the rules' form. */
function translations(nft: NftObject[]): { translated: string[]; exempt: string[] } {
  const ours = nft.flatMap(({ rule }) => (rule?.table.startsWith("kvmnet_") ? [JSON.stringify(rule.expr)] : []));
  const all = nft.flatMap(({ set, rule }) =>
    set?.table.startsWith("kvmnet_") || rule?.table.startsWith("kvmnet_") ? [JSON.stringify(set ?? rule)] : [],
  );
  const prefixes = (text: string) =>
    [...text.matchAll(/"addr":"([\d.]+)","len":(\d+)/g)].map(([, at, length]) => `${at}/${length}`);
  const masqueraded = ours.filter((text) => text.includes("masquerade")).flatMap(prefixes);
  return {
    translated: [...new Set(masqueraded.filter((one) => /^10\.6[01]\./.test(one)))].sort(),
    exempt: [...new Set(all.flatMap(prefixes).filter((one) => /^10\.1\d\d\./.test(one)))].sort(),
  };
}

/** A forward is an element whose value is an address of a guest and a port. */
function forwardLine(element: unknown): string[] {
  const words = [...JSON.stringify(element).matchAll(/"(tcp|udp)"|"(10\.6[01]\.[\d.]+)"|[[,](\d+)/g)];
  const [protocol, port, guest, targetPort] = words.map(([, ...parts]) => parts.find(Boolean));
  return guest ? [`${protocol} ${port} → ${guest} ${targetPort}`] : [];
}

/** What a running dnsmasq was told: its configuration, and what it reads again when it is asked to. */
async function serverLines(host: QuickHost, process: string): Promise<string[]> {
  const conf = /--conf-file=(\S+)/.exec(process)?.[1];
  if (!conf) return [`not ours: ${process}`];
  const { stdout } = await host.exec(`cat ${conf}; cat "$(sed -n s/^dhcp-hostsfile=//p ${conf})"/*`);
  const name = /^interface=(.*)$/m.exec(stdout)?.[1];
  const time = /^dhcp-range=.*,(\d+)s$/m.exec(stdout)?.[1];
  const kept = [...stdout.matchAll(/^((?:[0-9a-f]{2}:){5}[0-9a-f]{2}),([\d.]+)$/gm)];
  return [`${name} leases for ${time}s`, ...kept.map(([, mac, at]) => `${name} keeps ${at} for ${mac}`)];
}
