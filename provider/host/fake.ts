import type { Facts } from "../model/facts.ts";
import type { Query } from "../plan/encode.ts";
import type { MemberReport } from "../plan/report.ts";
import type { Member } from "../plan/request.ts";
import type { Host } from "./host.ts";

/** What a fake host answers; without it, that all went well and every object is as written. */
export interface Script {
  /** What connecting waits for. */
  connect?: () => Promise<void>;
  facts?: Partial<Facts> | Error;
  submit?: (member: Member) => Partial<MemberReport> | Error | undefined;
  query?: (query: Query) => Partial<MemberReport> | Error | undefined;
}

/** A host that is none: it records what it is asked and answers by a script. For tests of whatever uses a host. */
export class FakeHost implements Host {
  readonly name: string;
  readonly place: string;
  readonly members: Member[] = [];
  readonly queries: Query[] = [];
  readonly counters = { handshakes: 0, requests: 0 };
  heard = Promise.resolve();
  attemptMs = 1_000;
  /** Canonical text of each object, as members left them. */
  readonly objects = new Map<string, string>();
  script: Script;
  #facts: Facts | undefined;

  constructor(name = "hv1", script: Script = {}) {
    this.name = name;
    this.place = name;
    this.script = script;
  }

  async connect(): Promise<void> {
    await this.script.connect?.();
  }

  async facts(): Promise<Facts> {
    if (this.#facts) return this.#facts;
    await this.connect();
    this.#count();
    const { facts } = this.script;
    if (facts instanceof Error) throw facts;
    this.#facts = { ...plainFacts, ...facts };
    return this.#facts;
  }

  async submit(member: Member): Promise<MemberReport> {
    this.#count();
    this.members.push(member);
    const said = this.script.submit?.(member);
    if (said instanceof Error) throw said;
    const { put, drop } = member.change;
    if (said?.ok !== false) {
      for (const key of put) this.objects.set(key, member.texts[key] ?? "");
      for (const key of drop) this.objects.delete(key);
    }
    return this.#report(put, member.reads.length, said);
  }

  async query(query: Query): Promise<MemberReport> {
    this.#count();
    this.queries.push(query);
    const said = this.script.query?.(query);
    if (said instanceof Error) throw said;
    const keys = query.observe.map(({ key }) => key);
    return this.#report(keys, query.reads.length, said);
  }

  async close(): Promise<void> {}

  #count(): void {
    this.counters.handshakes = 1;
    this.counters.requests++;
  }

  #report(keys: readonly string[], reads: number, said: Partial<MemberReport> | undefined): MemberReport {
    const { facts } = this.script;
    const { machineId } = { ...plainFacts, ...(facts instanceof Error ? {} : facts) };
    const { hostId } = { hostId: machineId, ...said };
    if (said?.ok === false) return { code: "apply-failed", detail: "", notes: [], ...said, ok: false, hostId };
    const objects = Object.fromEntries(
      keys.flatMap((key) => {
        const text = this.objects.get(key);
        return text === undefined ? [] : [[key, text]];
      }),
    );
    const readings = Array.from({ length: reads }, () => "");
    return { objects, readings, notes: [], ...(said as object), ok: true, hostId };
  }
}

/** A Debian host with networkd and nftables, whose uplink is enp3s0. */
const plainFacts: Facts = {
  machineId: "0123456789abcdef0123456789abcdef",
  links: "networkd",
  firewall: "nftables",
  uplinks: [{ name: "enp3s0", wireless: false }],
  addresses: [{ link: "enp3s0", address: "192.0.2.11/24" }],
  routes: [{ link: "enp3s0", prefix: "192.0.2.0/24" }],
  nics: [{ name: "enp3s0", wireless: false, owner: "networkd", mac: "00:25:90:00:00:01" }],
  carried: [{ link: "enp3s0", address: "192.0.2.11/24", broadcast: "192.0.2.255", dynamic: false }],
  gateways: [{ link: "enp3s0", prefix: "0.0.0.0/0", gateway: "192.0.2.1", dynamic: false }],
  leases: [],
  acceptRa: [],
  interfaces: [],
  resolvers: [],
  ssh: { clientAddress: "192.0.2.1", serverAddress: "192.0.2.11", serverPort: 22 },
  programs: ["nft", "ip", "ss", "dnsmasq", "conntrack", "virsh", "systemctl", "networkctl", "flock", "setsid"],
  managers: [],
  ifupdown: [],
  profiles: [],
  systemDnsmasq: false,
};
