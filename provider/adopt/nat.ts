import { guestPackets, type Network, prefixesOf, someGuest } from "../doctor/networks.ts";
import { covers } from "../doctor/packets/addresses.ts";
import type { Rule } from "../doctor/packets/rule.ts";
import { fates, type Packet, type Place, translations } from "../doctor/packets/walk.ts";
import type { Scene } from "../doctor/scene.ts";
import type { AdoptedBridge } from "./bridges.ts";
import { nothing, type Part } from "./declaration.ts";
import { dropsAny, type HandRule, removal, rulesOf, without } from "./rules.ts";

/** Never translated by any NatNetwork. */
const exempt = ["224.0.0.0/24", "255.255.255.255/32"];
/** Where a NatNetwork's guests always find their DHCP and DNS. */
const served = [53, 67, 547];
/** A port that nobody serves (RFC 863, long out of use): who is let in there is let in anywhere. */
const DISCARD = 9;

/** The translation that a bridge's guests have, if they have one. */
export function natOf(scene: Scene, network: Network, bridge: AdoptedBridge): Part {
  const part = nothing();
  const { picture, uplinks } = scene;
  const prefixes = prefixesOf(network);
  const rules = rulesOf(picture.tables, bridge.name, prefixes);
  const packets = guestPackets(network, uplinks[0] ?? "");
  const places = packets?.out.map((packet) => translations(picture.tables, packet)) ?? [];
  const [first] = places[0] ?? [];
  if (!packets || !first?.rule || places.some((found) => found.length === 0)) {
    const why =
      uplinks.length === 0 ? "the host has no default route" : "no rule translates its guests on their way out";
    const theirs = rules.length ? ` Rules for it stay: ${rules.map(({ rule }) => rule.text).join("; ")}` : "";
    part.left.push(`bridge ${bridge.name} gets no NatNetwork: ${why}.${theirs}`);
    return part;
  }
  const others = prefixes.slice(1);
  if (others.length)
    part.left.push(`bridge ${bridge.name}: a NatNetwork has one IPv4 network, and not ${others.join(", ")} too.`);
  const services = hostServices(scene, network);
  part.left.push(...services.doubts.map((text) => `bridge ${bridge.name}: ${text}`));
  part.declarations.push({
    ...{ type: "NatNetwork", name: bridge.name, passes: { bridge: bridge.declaration } },
    unpacked: { bridge: bridge.name, hostAddresses: bridge.addresses },
    args: {
      ...wayOut(first.rule, uplinks),
      ...exempted(first, prefixes),
      ...services.args,
      ...(has(rules, bridge.name, /CHECKSUM|checksum set 0/) && { fillDhcpChecksum: true }),
      ...(has(rules, bridge.name, /TCPMSS|maxseg size set/) && { clampMss: true }),
    },
    notes: [...services.notes, ...replacedRules(scene, network, rules, packets)],
  });
  return part;
}

/** By which interfaces, with which address and ports. */
function wayOut(rule: Rule, uplinks: readonly string[]) {
  const out = rule.conditions.find((one) => one.field === "out");
  const named = out && "among" in out && out.is && out.among.every((name) => !name.includes("*")) ? out.among : [];
  const [, address] = /(?:--to-source|snat (?:ip )?to) (\d[\d.]+)(?![\d.]*-)/.exec(rule.text) ?? [];
  const [, ports] =
    /(?:--to-ports |--to-source \S+:|masquerade to :|snat (?:ip )?to [\d.]+:)(\d+-\d+)/.exec(rule.text) ?? [];
  return {
    ...(named.length > 0 && !(named.length === uplinks.length && uplinks.length > 1) && { uplinks: [...named] }),
    ...(address !== undefined && { snatAddresses: [address] }),
    ...(ports !== undefined && ports !== "1024-65535" && { natPorts: ports }),
  };
}

/** What is spared in the same chain, before. */
function exempted({ chain, rule }: Place, prefixes: readonly string[]) {
  const before = chain.rules.slice(0, rule ? chain.rules.indexOf(rule) : 0);
  const spared = before
    .filter(({ does }) => does.verb === "return" || does.verb === "accept")
    .flatMap(({ conditions }) => conditions.flatMap((one) => (one.field === "to" && one.is ? one.among : [])))
    .filter((range) => ![...exempt, ...prefixes].some((known) => covers(known, range)));
  return spared.length ? { natExemptRanges: [...new Set(spared)] } : {};
}

function has(rules: readonly HandRule[], bridge: string, form: RegExp): boolean {
  return rules.some(
    ({ rule }) =>
      form.test(rule.text) &&
      rule.conditions.some(
        (one) => (one.field === "out" || one.field === "in") && one.is && one.among.includes(bridge),
      ),
  );
}

/** What of the host its guests reach: a NatNetwork rejects what it does not name. */
function hostServices({ picture }: Scene, network: Network) {
  const to = network.has[0]?.address ?? "";
  const packet = { in: network.bridge, from: someGuest(network) ?? "", to, fromPort: 40000, state: "new" } as const;
  const verdict = (protocol: "tcp" | "udp", port: number) => {
    const found = fates(picture.tables, "input", { ...packet, protocol, toPort: port, dnat: false, local: true });
    if (found.every((one) => one.verdict === "accept")) return "in";
    return found.some((one) => one.verdict === "drop") ? "out" : "doubt";
  };
  if (verdict("tcp", DISCARD) === "in" && verdict("udp", DISCARD) === "in") {
    const note = "Its guests reach all of the host, as they did: name what they need in hostServices instead.";
    return { args: { hostServices: [{ protocol: "any" }] }, notes: [note], doubts: [] };
  }
  const asked = picture.listeners.filter(
    ({ address, port }) => !served.includes(port) && ["0.0.0.0", "*", "::", to].includes(address),
  );
  const services = (["tcp", "udp"] as const).flatMap((protocol) => {
    const ports = new Set(asked.filter((one) => one.protocol === protocol).map(({ port }) => port));
    return [...ports].sort((a, b) => a - b).map((port) => ({ protocol, port, verdict: verdict(protocol, port) }));
  });
  const open = (protocol: "tcp" | "udp") =>
    services.filter((one) => one.protocol === protocol && one.verdict === "in").map(({ port }) => port);
  const rules = (["tcp", "udp"] as const).flatMap((protocol) =>
    open(protocol).length ? [{ protocol, ports: open(protocol) }] : [],
  );
  const doubts = services
    .filter((one) => one.verdict === "doubt")
    .map(
      ({ protocol, port }) =>
        `whether guests reach ${protocol} ${port} of the host is not known; its NatNetwork rejects it.`,
    );
  return { args: rules.length ? { hostServices: rules } : {}, notes: [], doubts };
}

/** The rules by hand that stay beside ours, and how they are taken out. */
function replacedRules(
  { picture }: Scene,
  network: Network,
  rules: readonly HandRule[],
  packets: { readonly out: Packet[]; readonly back: Packet[] },
): string[] {
  if (rules.length === 0) return [];
  const rest = without(picture.tables, rules);
  const to = network.has[0]?.address ?? "";
  const question = { in: network.bridge, from: someGuest(network) ?? "", to, dnat: false, local: true } as const;
  const asks = [53, 67].map((port) => ({
    ...question,
    ...{ protocol: "udp", fromPort: 40000, toPort: port, state: "new" },
  })) as Packet[];
  const needed = dropsAny(rest, "forward", [...packets.out, ...packets.back]) || dropsAny(rest, "input", asks);
  const [staying, going] = [true, false].map((stays) =>
    rules.filter(({ rule }) => (needed && rule.does.verb === "accept") === stays),
  ) as [HandRule[], HandRule[]];
  return [
    "Rules by hand that it and its forwards stand in for. They stay, and what they reject stays rejected. When `pulumi up` has",
    "run, take them out, here and in the file that loads them at boot:",
    // What rejects first: the rest would reject more without the accepts before it.
    ...[...going.filter(rejects), ...going.filter((rule) => !rejects(rule))].map((rule) => `  ${removal(rule)}`),
    ...(staying.length
      ? [
          "These are to stay: without them another rule of the host's drops what this network lets through.",
          ...staying.map(({ table, rule }) => `  ${table.name}: ${rule.text}`),
        ]
      : []),
  ];
}

function rejects({ rule }: HandRule): boolean {
  return rule.does.verb === "drop";
}
