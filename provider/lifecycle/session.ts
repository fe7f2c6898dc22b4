import type { Host } from "../host/host.ts";
import { limits } from "../host/limits.ts";
import { hostFor } from "../host/pool.ts";
import { configuredHostNames, resolveHost } from "../host/resolve.ts";
import { within } from "../host/within.ts";
import { type Claim, conflicts } from "../model/claims.ts";
import { KvmnetError } from "../model/error.ts";
import type { Facts } from "../model/facts.ts";
import type { Mistake } from "../model/mistake.ts";
import type { ResourceDefinition } from "../model/resource.ts";
import type { Read } from "../plan/request.ts";
import { engineAt, type Log } from "./engine.ts";

/** Everything that outlives one call: one session a provider process, that is one engine operation. */
export class Session {
  readonly log: Log;
  #config: Readonly<Record<string, string>> = {};
  /** By what a resource calls them: to read the user's files anew for each call takes longer than all else that a check does. */
  readonly #hosts = new Map<string, Host>();
  /** What the resources checked so far claim, by the place of their host: two of one program must not claim the same. */
  readonly #claims = new Map<string, Map<string, readonly Claim[]>>();
  /** The hosts of resources checked so far, by machine id. */
  readonly #machines = new Map<string, Host>();
  #probed = false;
  /** What was read for `foretell`, by place and words. */
  readonly #readings = new Map<string, Promise<string>>();
  /** Hosts that are being asked and have not answered yet; times as `Date.now` has them. */
  readonly #reaching = new Map<Host, { since: number; reached: Promise<unknown> }>();
  readonly #connect: (destination: ReturnType<typeof resolveHost>) => Host;

  constructor(connect: (destination: ReturnType<typeof resolveHost>) => Host = hostFor, log: Log = engineAt()) {
    this.#connect = connect;
    this.log = log;
  }

  /** Takes the stack's configuration; keys are `kvmnet:host` and so on, values are as the user set them. */
  configure(config: Readonly<Record<string, string>>): void {
    this.#config = config;
    this.#hosts.clear();
  }

  /** A setting of ours, such as `deleteUnreachable`. */
  setting(name: string): string | undefined {
    return this.#config[`kvmnet:${name}`];
  }

  /** Settings are written `true` by `pulumi config set`. */
  isSet(name: string): boolean {
    return this.setting(name) === "true";
  }

  /** What a resource's `host` stands for when the user left it out. */
  get defaultHost(): string | undefined {
    return this.setting("host");
  }

  /** The host of a resource; no connection is made before it is used. */
  host(host: unknown): Host {
    const called = JSON.stringify(host);
    const known = this.#hosts.get(called) ?? this.#connect(resolveHost(host, this.#config));
    this.#hosts.set(called, known);
    return known;
  }

  /**
   * What a host says of itself. A host that says no word is waited for a few seconds, one that does as long as one
   * attempt to connect takes: the engine checks one resource after the other, so all others wait with it. With
   * `kvmnet:strict` nothing is deferred, and it is waited for to the end. Throws as `Host` does.
   */
  async facts(host: Host): Promise<Facts> {
    const first = !this.#probed;
    this.#probed = true;
    if (first) for (const name of configuredHostNames(this.#config)) void this.#probe(name);
    if (!this.isSet("strict")) await this.#answering(host, askedFor(host));
    return await host.facts();
  }

  /** What a host reads, once for all who ask the same. A silent one is waited for as for `facts`. Throws as `Host` does. */
  reading(host: Host, read: Read): Promise<string> {
    const called = JSON.stringify([host.place, ...read]);
    const asked = this.#readings.get(called) ?? this.#read(host, read);
    this.#readings.set(called, asked);
    return asked;
  }

  async #read(host: Host, read: Read): Promise<string> {
    await this.#answering(host, () => host.connect());
    const report = await host.query({ observe: [], reads: [read] });
    return (report.ok && report.readings[0]) || "";
  }

  /**
   * The first to ask has all hosts of `kvmnet:hosts` asked, so that silent ones cost one wait together. Whoever needs the
   * host asks again, and is told what is wrong with it.
   */
  async #probe(name: string): Promise<void> {
    try {
      const host = this.host(name);
      await this.#reach(host, askedFor(host)).reached;
      await host.facts();
    } catch {}
  }

  async #answering(host: Host, contact: () => Promise<unknown>): Promise<void> {
    const { since, reached } = this.#reach(host, contact);
    const { attemptMs, heard } = host;
    const wordMs = Math.min(limits.wordMs, attemptMs);
    await within(since + wordMs, Promise.race([heard, reached]), () => silent(host, wordMs));
    await within(since + attemptMs, reached, () => silent(host, attemptMs));
  }

  /** Until the host answers, or is known already. */
  #reach(host: Host, contact: () => Promise<unknown>): { since: number; reached: Promise<unknown> } {
    const under = this.#reaching.get(host);
    if (under) return under;
    const reached = contact().finally(() => this.#reaching.delete(host));
    const begun = { since: Date.now(), reached };
    this.#reaching.set(host, begun);
    return begun;
  }

  /** Notes what a resource claims, and says what another resource of the program claims already. */
  claim(definition: ResourceDefinition, host: Host, urn: string, args: object): Mistake[] {
    const claims = definition.claims?.(args) ?? [];
    const onHost = this.#claims.get(host.place) ?? new Map<string, readonly Claim[]>();
    this.#claims.set(host.place, onHost);
    const others = [...onHost].filter(([other]) => other !== urn).flatMap(([, theirs]) => theirs);
    onHost.set(urn, claims);
    return conflicts(claims, others, host.name);
  }

  /**
   * Notes which machine a host is. In two places nobody would see what clashes there, and of two clones of one disk
   * each would be taken for the other (machine-id(5)).
   */
  identify(host: Host, machineId: string | undefined): Mistake[] {
    if (machineId === undefined) return [];
    const first = this.#machines.get(machineId) ?? host;
    this.#machines.set(machineId, first);
    if (first.place === host.place) return [];
    const [one, other] = first.name === host.name ? [first.place, host.place] : [first.name, host.name];
    const text = `${other} has the machine id of ${one}. If they are one host, call it by one name and address; if one is a clone, run on it: rm /etc/machine-id && systemd-machine-id-setup, and reboot it.`;
    return [{ path: "host", text }];
  }
}

/** Facts that are known need no connection. */
function askedFor(host: Host): () => Promise<unknown> {
  return () => Promise.race([host.facts(), host.connect()]);
}

function silent({ name }: Host, ms: number): KvmnetError {
  const message = `${name} has not answered within ${ms / 1000} s.`;
  return new KvmnetError({ code: "unreachable", host: name, message });
}
