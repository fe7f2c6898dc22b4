import type { Condition, Does, Forward, Rule } from "./rule.ts";

/** A piece of nft's JSON (libnftables-json(5)): what it is, and of what. */
export type Json = Readonly<Record<string, unknown>>;

/** What else of its table a rule refers to. */
export interface ExprContext {
  /** Elements of a named set or map. */
  set(name: string): readonly unknown[];
}

type Field = Extract<Condition, { among: readonly string[] }>["field"];
const unknown: Condition = { field: "unknown" };
const never: Condition = { field: "never" };

/** Statements that let a packet go on. */
const passing = ["counter", "log", "mangle", "notrack", "ct helper", "ct timeout", "ct expectation", "set", "flow"];
const verdicts: Record<string, Does> = {
  accept: { verb: "accept" },
  drop: { verb: "drop" },
  reject: { verb: "drop" },
  return: { verb: "return" },
  masquerade: { verb: "snat" },
  snat: { verb: "snat" },
  queue: { verb: "unknown" },
};
/** Targets of iptables that nft only knows by name. */
const targets: Record<string, Does> = {
  REJECT: { verb: "drop" },
  MASQUERADE: { verb: "snat" },
  SNAT: { verb: "snat" },
  DNAT: { verb: "unknown" },
};

/** What a rule asks and does, of its statements. */
export function ruleParts(expr: readonly Json[], context: ExprContext): Omit<Rule, "text"> {
  const conditions: Condition[] = [];
  let does: Does = { verb: "none" };
  let packets: number | undefined;
  for (const statement of expr) {
    const [kind = "", value] = Object.entries(statement)[0] ?? [];
    const part = (value ?? {}) as Json;
    if (kind === "match") conditions.push(...matchParts(part, context));
    else if (kind === "counter" && typeof part.packets === "number") packets = part.packets;
    else if (kind === "jump" || kind === "goto") does = { verb: kind, chain: String(part.target) };
    else if (kind === "vmap") does = choice(part, context);
    else if (kind === "dnat" || kind === "redirect")
      does = { verb: "dnat", targets: kind === "dnat" ? forwards(part, conditions, context) : [] };
    else if (kind === "xt" && part.type === "target") does = targets[String(part.name)] ?? { verb: "none" };
    else if (Object.hasOwn(verdicts, kind)) does = verdicts[kind] ?? does;
    else if (!passing.includes(kind)) conditions.push(unknown);
  }
  return { conditions, does, ...(packets !== undefined && { packets }) };
}

function matchParts({ op, left, right }: Json, context: ExprContext): Condition[] {
  if (typeof left !== "object" || left === null) return [unknown];
  if (!["==", "in", "!="].includes(String(op))) return [unknown];
  return compare(left as Json, { is: op !== "!=", right, context });
}

interface Other {
  readonly is: boolean;
  readonly right: unknown;
  readonly context: ExprContext;
}

function compare(left: Json, { is, right, context }: Other): Condition[] {
  const words = wordsOf(right, context);
  if (words?.length === 0) return is ? [never] : [];
  const where = fieldOf(left);
  if (where === "ipv4" || where === "ipv6")
    return (words?.includes("ipv4") || words?.includes("ip")) === is ? [] : [never];
  if (where === "foreign") return is ? [never] : [];
  if (!words || !where) return [unknown];
  if (where.field === "icmp") {
    const echo = words.includes("echo-request") === is;
    return echo ? [{ field: "protocol", is: true, among: ["icmp"] }] : [never];
  }
  if (where.field === "status")
    return words.includes("dnat") && words.length === 1 ? [{ field: "dnat", is }] : [unknown];
  const own: Condition = { field: where.field, is, among: words };
  return where.protocol ? [{ field: "protocol", is: true, among: [where.protocol] }, own] : [own];
}

type Where =
  | { readonly field: Field | "icmp" | "status"; readonly protocol?: string }
  | "ipv4"
  | "ipv6"
  /** Packets of other protocols than IPv4. */
  | "foreign"
  | undefined;

/** What the left side of a comparison stands for. */
function fieldOf(left: Json): Where {
  const { meta, payload, ct, fib } = left as Record<string, Json | undefined>;
  if (meta) {
    const fields: Record<string, Where> = {
      ...{ iifname: { field: "in" }, iif: { field: "in" }, oifname: { field: "out" }, oif: { field: "out" } },
      ...{ l4proto: { field: "protocol" }, nfproto: "ipv4", protocol: "ipv4" },
    };
    return fields[String(meta.key)];
  }
  if (payload) return payloadField(String(payload.protocol), String(payload.field));
  if (ct?.key === "state") return { field: "state" };
  if (ct?.key === "status") return { field: "status" };
  const flags = [fib?.flags].flat();
  if (fib?.result === "type" && flags.length === 1 && flags[0] === "daddr") return { field: "toType" };
  return undefined;
}

function payloadField(protocol: string, field: string): Where {
  if (protocol === "ip6" || protocol === "icmpv6" || protocol === "arp") return "foreign";
  if (protocol === "icmp" && field === "type") return { field: "icmp" };
  const fields: Record<string, Field> = { saddr: "from", daddr: "to", protocol: "protocol" };
  if (protocol === "ip") return fields[field] && { field: fields[field] };
  const ports: Record<string, Field> = { sport: "fromPort", dport: "toPort" };
  const port = ports[field];
  if (!port) return undefined;
  if (protocol === "th") return { field: port };
  return protocol === "tcp" || protocol === "udp" ? { field: port, protocol } : undefined;
}

/** The right side as words; undefined for what is computed. */
function wordsOf(right: unknown, context: ExprContext): string[] | undefined {
  if (typeof right === "string") {
    if (!right.startsWith("@")) return [right];
    return allWords(context.set(right.slice(1)), context);
  }
  if (typeof right === "number") return [String(right)];
  if (Array.isArray(right)) return allWords(right, context);
  if (typeof right !== "object" || right === null) return undefined;
  const { set, prefix, range, elem } = right as Record<string, Json | undefined>;
  if (set) return allWords([set].flat(), context);
  if (prefix) return [`${prefix.addr}/${prefix.len}`];
  if (range) return [(range as unknown as unknown[]).join("-")];
  return elem ? wordsOf(elem.val, context) : undefined;
}

function allWords(list: readonly unknown[], context: ExprContext): string[] | undefined {
  const words = list.map((one) => wordsOf(one, context));
  return words.every((one) => one !== undefined) ? words.flat() : undefined;
}

/** `ct state vmap { established : accept, … }`. */
function choice({ key, data }: Json, context: ExprContext): Does {
  const set = typeof data === "string" ? context.set(data.slice(1)) : (data as Json | undefined)?.set;
  if (!Array.isArray(set)) return { verb: "unknown" };
  const ways = set.flatMap((pair) => {
    const [value, verdict] = Array.isArray(pair) ? pair : [];
    const [kind = "", part] = Object.entries((verdict ?? {}) as Json)[0] ?? [];
    const { does } = ruleParts([{ [kind]: part }], context);
    const conditions = compare(key as Json, { is: true, right: value, context });
    return conditions.map((when) => ({ when, does }));
  });
  return { verb: "choose", ways };
}

/** Where `dnat to` leads: one address, or what a map has for what is dialled. */
function forwards({ addr, port }: Json, conditions: readonly Condition[], context: ExprContext): Forward[] {
  const among = (field: Field) =>
    conditions.flatMap((one) => (one.field === field && "among" in one && one.is ? one.among : []));
  const narrowed = among("from").length > 0 || conditions.includes(unknown);
  const common = { in: among("in"), narrowed };
  const protocols = among("protocol");
  if (typeof addr === "string") {
    const dialled = {
      ...common,
      to: addr,
      targetPort: port === undefined ? "" : String(wordsOf(port, context)?.[0] ?? ""),
    };
    const ports = among("toPort");
    return (protocols.length ? protocols : ["any"]).flatMap((protocol) =>
      (ports.length ? ports : [""]).map((one) => ({ ...dialled, protocol, port: one, listen: among("to")[0] ?? "" })),
    );
  }
  const map = (addr as Json | undefined)?.map as Json | undefined;
  if (!map || typeof map.data !== "string") return [];
  const keys = keyFields(map.key as Json);
  const ports = portsOf(port, context);
  return context.set(map.data.slice(1)).flatMap((pair) => {
    const [key, value] = Array.isArray(pair) ? pair : [];
    const from = concatOf(key, context);
    const [to = "", own] = concatOf(value, context);
    const part = (field: string) => from[keys.indexOf(field)] ?? "";
    const listens = { listen: part("to"), protocol: part("protocol") || (protocols[0] ?? "any"), port: part("toPort") };
    const targetPort = own ?? ports.get(`${listens.protocol} ${listens.port}`) ?? "";
    // A part of the key that nothing is known of may be a lot that is drawn (jhash, numgen): each element is for some packets.
    const some = narrowed || keys.some((field) => field === "from" || field === "");
    return to ? [{ ...common, to, targetPort, ...listens, narrowed: some }] : [];
  });
}

/** Where a map of its own has ports lead, by protocol and port: `dnat to … map @targets : … map @ports`. */
function portsOf(port: unknown, context: ExprContext): ReadonlyMap<string, string> {
  const map = (port as Json | undefined)?.map as Json | undefined;
  if (typeof map?.data !== "string") return new Map();
  return new Map(
    context.set(map.data.slice(1)).map((pair) => {
      const [key, value] = Array.isArray(pair) ? pair : [];
      return [concatOf(key, context).join(" "), concatOf(value, context)[0] ?? ""];
    }),
  );
}

function keyFields(key: Json | undefined): string[] {
  const parts = Array.isArray(key?.concat) ? key.concat : [key];
  return parts.map((part) => {
    const where = fieldOf((part ?? {}) as Json);
    return typeof where === "object" ? where.field : "";
  });
}

function concatOf(value: unknown, context: ExprContext): string[] {
  const bare = (value as { elem?: { val?: unknown } } | undefined)?.elem?.val ?? value;
  const parts = (bare as Json | undefined)?.concat;
  return (Array.isArray(parts) ? parts : [bare]).map((part) => wordsOf(part, context)?.[0] ?? "");
}
