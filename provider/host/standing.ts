import { type Query, wordsOf } from "../plan/encode.ts";
import type { MemberReport } from "../plan/report.ts";
import { limits } from "./limits.ts";

type Seen = Extract<MemberReport, { ok: true }>;

/**
 * What a host was seen to hold a moment ago. The engine has resources read a few at a time; with the first few the host is
 * asked for all of their stack's objects that stand as they were applied, and for the values that their owners read. The others'
 * reads are answered from here.
 */
export class Standing {
  readonly #objects = new Map<string, string>();
  readonly #readings = new Map<string, string>();
  #hostId = "";
  #until = 0;

  /** Forgets all, since something is about to change. */
  forget(): void {
    this.#until = 0;
  }

  /** What to ask besides, so that later queries need not be sent; nothing for a single one, or when it was asked just now. */
  worthAsking(queries: readonly Query[]): Query | undefined {
    const standing = queries.find(({ stack }) => stack !== undefined)?.stack;
    if (standing === undefined || queries.length < 2 || this.#fresh) return undefined;
    return { observe: [], reads: [], standing };
  }

  /** Takes note of what stands, as the answer to `worthAsking`'s says. */
  note(report: MemberReport): void {
    if (!report.ok) return;
    this.#objects.clear();
    this.#readings.clear();
    for (const [key, text] of Object.entries(report.objects)) this.#objects.set(key, text);
    for (const [read, reading] of Object.entries(report.live ?? {})) this.#readings.set(read, reading);
    this.#hostId = report.hostId;
    this.#until = Date.now() + limits.standingMs;
  }

  /** Takes note of the values that a query read: of what an older version applied, the host knows no reads. */
  noteReadings({ reads }: Query, report: MemberReport): void {
    if (!this.#fresh || !report.ok) return;
    for (const [index, read] of reads.entries()) this.#readings.set(wordsOf(read), report.readings[index] ?? "");
  }

  /** The answer to a query of which everything stands as wanted, if that is known. */
  answer({ stack, observe, reads }: Query): Seen | undefined {
    if (stack === undefined || !this.#fresh) return undefined;
    const readings = reads.map((read) => this.#readings.get(wordsOf(read)));
    const stands = observe.every(({ key, text }) => this.#objects.get(key) === text);
    if (!stands || !readings.every((reading) => reading !== undefined)) return undefined;
    const objects = Object.fromEntries(observe.map(({ key, text }) => [key, text]));
    return { ok: true, hostId: this.#hostId, objects, readings, notes: [] };
  }

  get #fresh(): boolean {
    return Date.now() < this.#until;
  }
}
