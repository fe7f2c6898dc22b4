import { randomUUID } from "node:crypto";
import { KvmnetError } from "../model/error.ts";
import type { Facts } from "../model/facts.ts";
import { encodeConfirm, encodeRequest, type Query } from "../plan/encode.ts";
import { type MemberReport, parseReport, type Report, ReportError } from "../plan/report.ts";
import type { Member } from "../plan/request.ts";
import { attemptMs, type Destination, place } from "./destination.ts";
import { type FactLines, parseFacts } from "./facts.ts";
import { Group, Turn } from "./group.ts";
import type { Counters, Host } from "./host.ts";
import { limits } from "./limits.ts";
import { Requests } from "./requests.ts";
import type { Runtime } from "./runtime.ts";
import { Standing } from "./standing.ts";
import { printable } from "./words.ts";

interface Answer {
  readonly report: MemberReport;
  readonly facts: FactLines;
}

/** A host over SSH. */
export class RemoteHost implements Host {
  readonly name: string;
  readonly place: string;
  readonly attemptMs: number;
  readonly #requests: Requests;
  readonly #members: Group<Member, Answer>;
  readonly #queries: Group<Query, Answer>;
  readonly #standing = new Standing();
  #facts: Promise<Facts> | undefined;

  constructor(destination: Destination, runtime: Runtime) {
    this.name = destination.name;
    this.place = place(destination);
    this.attemptMs = attemptMs(destination);
    this.#requests = new Requests(runtime);
    this.offer(destination);
    const turn = new Turn();
    const common = { turn, ready: () => this.#requests.ready(), roundTrip: () => this.#requests.roundTripMs };
    this.#members = new Group({ ...common, run: (members) => this.#change(members) });
    this.#queries = new Group({ ...common, run: (queries) => this.#look(queries) });
  }

  /** Takes note of another way to log in to the same host. */
  offer(destination: Destination): void {
    this.#requests.offer(destination);
  }

  get heard(): Promise<void> {
    return this.#requests.heard.promise;
  }

  get counters(): Counters {
    return { handshakes: this.#requests.handshakes, requests: this.#requests.sent };
  }

  connect(): Promise<void> {
    return this.#requests.ready();
  }

  async facts(): Promise<Facts> {
    this.#facts ??= this.#askFacts().catch((error) => {
      this.#facts = undefined;
      throw error;
    });
    return await this.#facts;
  }

  async submit(member: Member): Promise<MemberReport> {
    // What cannot be encoded is one member's failure, not the group's.
    const bytes = encodeRequest("size", "tx", [member]).length;
    return (await this.#members.add(member, bytes)).report;
  }

  async query(query: Query): Promise<MemberReport> {
    const known = this.#standing.answer(query);
    if (known) return known;
    const bytes = encodeRequest("size", "query", [query]).length;
    return (await this.#queries.add(query, bytes)).report;
  }

  close(): Promise<void> {
    return this.#requests.close();
  }

  async #askFacts(): Promise<Facts> {
    const { report, facts } = await this.#queries.add({ observe: [], reads: [], facts: true }, 100);
    if (report.ok) return parseFacts(facts, this.name);
    const message = `${this.name} cannot be asked about itself`;
    throw new KvmnetError({ code: "unmet", host: this.name, message, detail: printable(report.detail) });
  }

  async #change(members: readonly Member[]): Promise<Answer[]> {
    this.#standing.forget();
    return await this.#ask("tx", members);
  }

  /** Asks for what is not known yet: some waited while the answer to others came. */
  async #look(queries: readonly Query[]): Promise<Answer[]> {
    const known = queries.map((query) => this.#standing.answer(query));
    const open = queries.filter((_, index) => !known[index]);
    const more = this.#standing.worthAsking(open);
    const answers = open.length ? await this.#ask("query", more ? [...open, more] : open) : [];
    const standing = answers[open.length];
    if (standing) this.#standing.note(standing.report);
    for (const [index, query] of open.entries()) {
      const answer = answers[index];
      if (answer) this.#standing.noteReadings(query, answer.report);
    }
    let next = 0;
    return known.map((report) => (report ? { report, facts: {} } : answers[next++])).filter((one) => one !== undefined);
  }

  async #ask(mode: "tx", members: readonly Member[]): Promise<Answer[]>;
  async #ask(mode: "query", members: readonly Query[]): Promise<Answer[]>;
  async #ask(mode: "tx" | "query", members: readonly (Member | Query)[]): Promise<Answer[]> {
    const id = randomUUID();
    const text = encodeRequest(id, mode as "tx", members as Member[]);
    const changes = mode === "tx";
    const cutMs = cutFor(members);
    const deadlineMs = changes ? limits.submitMs + cutMs : limits.queryMs;
    const answer = await this.#requests.send({ id, text, deadlineMs, cutMs, changes });
    const { members: reports, facts } = this.#report(answer, members.length);
    const confirmed = await this.#confirm(id, reports);
    return confirmed.map((report) => ({ report, facts }));
  }

  /** Has what is pending become permanent, which needs a new connection; else the host has put back its old network. */
  async #confirm(pending: string, reports: readonly MemberReport[]): Promise<readonly MemberReport[]> {
    const seconds = Math.max(0, ...reports.map((report) => (report.ok && report.pending) || 0));
    if (seconds === 0) return reports;
    const id = `${pending}-ok`;
    const deadlineMs = seconds * 1000 + limits.revertMs;
    const sent = this.#requests.sendAnew({ id, text: encodeConfirm(id, pending), deadlineMs, changes: true });
    const answer = await sent.catch((error) => {
      throw unconfirmed(this.name, seconds, error);
    });
    const [outcome] = this.#report(answer, 1).members;
    if (!outcome || outcome.ok) return reports;
    const reverted = { ...outcome, detail: outcome.detail || `${seconds} s` };
    return reports.map((report) => (report.ok && report.pending ? reverted : report));
  }

  #report(answer: string, members: number): Report {
    try {
      return parseReport(answer, members);
    } catch (error) {
      if (!(error instanceof ReportError)) throw error;
      const message = `${this.name} did not report what it did (${error.message})`;
      const detail = printable(answer.slice(-500));
      throw new KvmnetError({ code: "apply-failed", host: this.name, message, detail, cause: error });
    }
  }
}

/** For how long the members may cut the path to the host, until it undoes them, in milliseconds. */
function cutFor(members: readonly (Member | Query)[]): number {
  const seconds = members.flatMap((member) => ("confirm" in member ? (member.confirm ?? []) : []));
  return seconds.length ? Math.max(...seconds) * 1000 + limits.revertMs : 0;
}

/** The new connection never came: only the host knows what became of the change. */
function unconfirmed(host: string, seconds: number, cause: Error): KvmnetError {
  const message = `After the change ${host} could not be reached over a new connection (${cause.message})`;
  const nextStep = `It puts back its old network by itself ${seconds} s after the change, and when it is restarted. Run pulumi up again once it answers.`;
  return new KvmnetError({ code: "unreachable", host, message, nextStep, cause });
}
