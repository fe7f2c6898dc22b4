import type { Chain, Condition, Does, Forward, Hook, Rule, Table } from "./rule.ts";

type Mutable = Chain & { rules: Rule[] };
type Field = Extract<Condition, { among: readonly string[] }>["field"];

const hooks: Record<string, Hook> = {
  PREROUTING: "prerouting",
  INPUT: "input",
  FORWARD: "forward",
  OUTPUT: "output",
  POSTROUTING: "postrouting",
};
/** As the kernel orders them (linux/netfilter_ipv4.h); NAT of sources comes later than that of destinations. */
const priorities: Record<string, number> = { raw: -300, mangle: -150, nat: -100, filter: 0, security: 50 };
/** Targets after which the packet goes on (iptables-extensions(8)). */
const passing =
  "LOG NFLOG ULOG MARK CONNMARK CHECKSUM TCPMSS TRACE CT NOTRACK CLASSIFY TOS DSCP SET SECMARK CONNSECMARK AUDIT TTL HMARK".split(
    " ",
  );
const verdicts: Record<string, Does> = {
  ACCEPT: { verb: "accept" },
  DROP: { verb: "drop" },
  REJECT: { verb: "drop" },
  RETURN: { verb: "return" },
  MASQUERADE: { verb: "snat" },
  SNAT: { verb: "snat" },
  NETMAP: { verb: "unknown" },
};

/** Reads `iptables-save -c`. */
export function parseIptables(lines: readonly string[], by: "iptables" | "iptables-legacy"): Table[] {
  const tables = new Map<string, Map<string, Mutable>>();
  let chains = new Map<string, Mutable>();
  let table = "";
  for (const line of lines) {
    if (line.startsWith("*")) {
      table = line.slice(1);
      chains = new Map();
      tables.set(table, chains);
    }
    const [, name, policy] = /^:(\S+) (\S+)/.exec(line) ?? [];
    if (name !== undefined) chains.set(name, chainOf(table, name, policy));
    const [, packets, chain = "", words] = /^(?:\[(\d+):\d+\] )?-A (\S+) ?(.*)$/.exec(line) ?? [];
    if (words === undefined) continue;
    const parts = ruleParts(words.match(/"(?:\\.|[^"\\])*"|\S+/g) ?? [], chains);
    chains.get(chain)?.rules.push({
      ...{ text: `-A ${chain} ${words}`, ...parts },
      ...(packets !== undefined && { packets: Number(packets) }),
    });
  }
  return [...tables].map(([name, all]) => ({ name: `ip ${name}`, by, chains: all }));
}

function chainOf(table: string, name: string, policy = "-"): Mutable {
  const base = policy !== "-" && Object.hasOwn(hooks, name) ? hooks[name] : undefined;
  return {
    ...{ name, priority: priorities[table] ?? 0, policy: policy === "DROP" ? "drop" : "accept", rules: [] },
    ...(base && { hook: base, type: table === "nat" ? "nat" : "filter" }),
  };
}

/** Options that take one value, and what it says. */
const options: Record<string, Field> = {
  ...{ "-s": "from", "-d": "to", "-i": "in", "-o": "out", "-p": "protocol" },
  ...{ "--sport": "fromPort", "--sports": "fromPort", "--dport": "toPort", "--dports": "toPort" },
  ...{ "--ctstate": "state", "--state": "state", "--dst-type": "toType" },
};

function ruleParts(words: readonly string[], chains: ReadonlyMap<string, Chain>): Pick<Rule, "conditions" | "does"> {
  const conditions: Condition[] = [];
  let does: Does = { verb: "none" };
  let is = true;
  let target = "";
  let lead = "";
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    const value = words[at + 1] ?? "";
    const field = Object.hasOwn(options, word) ? options[word] : undefined;
    if (word === "!") {
      is = false;
      continue;
    }
    if (field) conditions.push({ field, is, among: valuesOf(field, value) });
    else if (word === "-m" || word === "--comment") at++;
    else if (word === "-j" || word === "-g") [target, does] = [value, targetOf(word, value, chains)];
    else if (word === "--to-destination") lead = value;
    else if (word === "--tcp-flags") at++;
    else if (word === "--ctstatus") conditions.push(value === "DNAT" ? { field: "dnat", is } : { field: "unknown" });
    else if (word === "--icmp-type" && ["8", "echo-request", "any"].includes(value)) at++;
    else if (word.startsWith("-") && target === "" && word !== "--syn") conditions.push({ field: "unknown" });
    if (field) at++;
    is = true;
  }
  if (target === "DNAT" || target === "REDIRECT") does = { verb: "dnat", targets: forwards(lead, conditions) };
  return { conditions, does };
}

function valuesOf(field: Field, value: string): string[] {
  const words = value
    .split(",")
    .map((word) => (field === "fromPort" || field === "toPort" ? word.replace(":", "-") : word));
  if (field === "in" || field === "out") return words.map((word) => word.replace(/\+$/, "*"));
  if (field === "state" || field === "toType") return words.map((word) => word.toLowerCase());
  return words;
}

function targetOf(option: string, name: string, chains: ReadonlyMap<string, Chain>): Does {
  if (chains.has(name)) return { verb: option === "-g" ? "goto" : "jump", chain: name };
  if (passing.includes(name)) return { verb: "none" };
  return (Object.hasOwn(verdicts, name) && verdicts[name]) || { verb: "unknown" };
}

function forwards(lead: string, conditions: readonly Condition[]): Forward[] {
  const [, to, targetPort = ""] = /^(\d[\d.]*)(?::(\d+(?:-\d+)?))?/.exec(lead) ?? [];
  if (to === undefined) return [];
  const among = (field: Field) =>
    conditions.flatMap((one) => (one.field === field && "among" in one && one.is ? one.among : []));
  const narrowed = among("from").length > 0 || conditions.some(({ field }) => field === "unknown");
  const dialled = { to, targetPort, listen: (among("to")[0] ?? "").replace(/\/32$/, ""), in: among("in"), narrowed };
  const ports = among("toPort");
  return (ports.length ? ports : [""]).map((port) => ({ ...dialled, protocol: among("protocol")[0] ?? "any", port }));
}
