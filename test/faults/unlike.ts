import { differences, type Snapshot } from "../lab/quick/index.ts";

/** What two snapshots differ in, as a line for people; empty when it is nothing that matters. */
export function unlike(wanted: Snapshot, now: Snapshot): string {
  const all = differences(comparable(wanted), comparable(now)).filter(
    ({ key }) => !passing.some((pattern) => pattern.test(key)),
  );
  const some = all.slice(0, 6).map(({ key, before, after }) => `${key} [${told(before, after)}]`);
  return some.join(", ") + (all.length > some.length ? ` and ${all.length - some.length} more` : "");
}

const passing = [
  // Each create makes a token anew. Why a directory is there is only known as long as one of ours is in it.
  /^file:\/var\/lib\/kvmnet\/(dirs|.*\/(nonce|claims\/[^/]*):sha256$)/,
  // Comes with the first forward of a network and goes with the last.
  /^file:\/etc\/kvmnet\/nft\/[^/]+\.d$/,
  // These name the tap, which has another number each time. What else they say, a read of the resource compares.
  /^file:\/run\/libvirt\/qemu\/[^/]+\.xml(:sha256)?$/,
  // A domain's stored definition is compared as virsh prints it.
  /^file:\/etc\/libvirt\/qemu\/[^/]+\.xml(:sha256)?$/,
  // libvirt makes up a UUID each time: see the case's `also`.
  /^file:\/(etc\/libvirt\/qemu\/networks|run\/libvirt\/network)\/[^/]+\.xml(:sha256)?$/,
  /^file:\/var\/lib\/kvmnet\/objects\/nic[^/]*\/live(:sha256)?$/,
  // How nft lists a table, with chains in the order in which they came: see `byName`. A read of the resource compares it.
  /^file:\/var\/lib\/kvmnet\/objects\/ruleset[^/]*\/live:sha256$/,
  // One that has lost events ends and is started again; its unit says whether it runs.
  /^process:\S+ (nft monitor ruleset|\/bin\/sh \S+\/runtime\.sh pass \S+ watch|sleep [\d.]+)$/,
  // Comes with a kernel module, and is gone after a boot that did not load it.
  /^sysctl:net\.(netfilter\.|nf_conntrack_max$)/,
  // NetworkManager sets it for a port that it was told to keep, and leaves it so until the next boot.
  /^sysctl:net\.ipv6\.conf\.p0\.accept_ra$/,
  // A tap's own MAC address and what the kernel makes of it: at times udev is between libvirt's making it and its setting it.
  /^address:vnet# fe80::/,
  /^route:.*\bfe80::.*"dev":"vnet#"/,
];

/** What makes a link at boot has done so after the first one; before, we had. */
const MADE_AT_BOOT = /^unit:kvmnet-link@/;

/** Does it say what a port of a bridge makes of router advertisements? It hears none, and ifupdown sets that before it is a port, not at boot. */
function unheard(snapshot: Snapshot, key: string): boolean {
  const [, link] = /^sysctl:net\.ipv6\.conf\.(.+)\.(?:accept_ra|autoconf)$/.exec(key) ?? [];
  return link !== undefined && (snapshot[`link:${link}`]?.includes('"master"') ?? false);
}

/** A bridge numbers its ports as they come. */
const PORT_NUMBER = /"(id|no)":"0x[0-9a-f]+",|"designated_port":\d+,/g;

/** Without what is another thing each time, and nobody meets. */
function comparable(snapshot: Snapshot): Snapshot {
  return Object.fromEntries(
    Object.entries(snapshot)
      .filter(
        ([key, value]) => !(MADE_AT_BOOT.test(key) && value === "loaded active exited") && !unheard(snapshot, key),
      )
      .map(([key, value]) => {
        if (key.startsWith("link:vnet")) return [numberless(key), numberless(value.replace(/"address":"[^"]*"/, ""))];
        if (key.startsWith("link:")) return [numberless(key), numberless(value.replace(PORT_NUMBER, ""))];
        if (!key.startsWith("nft:")) return [numberless(key), numberless(value)];
        return [key, byName(/ kvmnet/.test(key) ? numberless(value) : reached(forwarding(value)))];
      }),
  );
}

/** libvirt never gives a tap the same name twice, nor always the same MAC address. */
function numberless(text: string): string {
  return text.replace(/\bvnet\d+\b/g, "vnet#");
}

/** Docker has its table drop what is forwarded only where it finds forwarding off; beside a network it is on from the boot. */
function forwarding(table: string): string {
  return table.includes("chain DOCKER") ? table.replace(/(?<= hook forward .*policy )\w+/, "any") : table;
}

/** A table without the chains that nothing leads to: firewalld keeps those of a zone until it reads its rules again. */
function reached(table: string): string {
  const rest = table.replace(/\n*^\tchain (\S+) \{\n([\s\S]*?)^\t\}$/gm, (chain, name: string, rules: string) =>
    rules.includes(" hook ") || new RegExp(`(jump|goto) ${name}(?![\\w-])`).test(table) ? chain : "",
  );
  return rest === table ? table : reached(rest);
}

/**
 * A table with its chains by their names: they are in the order in which they came, which is another after a boot. firewalld adds a
 * zone's after all others when it reads its rules again, and so it does with an interface in the chains that lead each to its zone.
 */
function byName(table: string): string {
  const chain = /^\tchain \S+ \{\n[\s\S]*?^\t\}$/gm;
  const chains = (table.match(chain) ?? []).map(byInterface).toSorted();
  return table.replace(chain, () => chains.shift() ?? "");
}

function byInterface(chain: string): string {
  return chain.replace(
    /(\t\t[io]ifname "[^"]+" goto \S+\n)+/g,
    (rules) => rules.match(/.+\n/g)?.toSorted().join("") ?? "",
  );
}

/** What is in only one of the two: of texts, the lines; of those, what comes after what both begin with. */
function told(before: string | undefined, after: string | undefined): string {
  const rest = (text = "absent", other = "") =>
    text
      .split("\n")
      .filter((line) => !other.split("\n").includes(line))
      .join("\n");
  const [was, is] = [rest(before, after), rest(after, before)];
  let same = 0;
  while (same < was.length && was[same] === is[same]) same++;
  // With the name of a field.
  const from = same > 40 ? same - 30 : 0;
  const shown = (text: string) => (from ? "…" : "") + text.slice(from, from + 300);
  return `${shown(was)} → ${shown(is)}`;
}
