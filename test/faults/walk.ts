import type { Snapshot } from "../lab/quick/index.ts";
import type { Case } from "./cases.ts";
import { disturb } from "./disturb.ts";
import type { Answer } from "./orders.ts";
import { type Extent, type Point, pointsOf } from "./points.ts";
import { type Operation, operations, Site, sure } from "./site.ts";
import type { Target } from "./target.ts";
import { unlike } from "./unlike.ts";

/** Of all points those with such a name, whatever their number: a lost one is tried again with what was printed of it. */
const AGAIN = process.env.KVMNET_FAULTS_AGAIN && new RegExp(process.env.KVMNET_FAULTS_AGAIN);

/** A point that was not survived, and why. */
export interface Loss {
  readonly point: string;
  readonly why: string;
}

/** Walks one case: create, update and delete, over and over, each time disturbed at another point. */
export class Walk {
  /** Faults that have struck. */
  points = 0;
  readonly losses: Loss[] = [];
  readonly #start: () => Promise<Target>;
  readonly #case: Case;
  #site: Site | undefined;
  #untouched: Snapshot = {};
  /** The host before and after each operation, when nothing goes wrong. */
  #stages = {} as Record<Operation, { before: Snapshot; after: Snapshot }>;

  /** `start` gives a host that nobody has touched. */
  constructor(start: () => Promise<Target>, one: Case) {
    this.#start = start;
    this.#case = one;
  }

  /** Walks as many points as said, evenly chosen from all. @throws what goes wrong without any fault. */
  async run(most: number): Promise<void> {
    try {
      const extents = await this.#begin();
      const each = AGAIN ? Number.POSITIVE_INFINITY : Math.ceil(most / operations.length);
      const chosen = operations.map((operation) =>
        pointsOf(extents[operation], this.#case, each).filter(
          (point) => !AGAIN || AGAIN.test(this.#name(operation, point)),
        ),
      );
      for (let round = 0; chosen.some((points) => round < points.length); round++) {
        for (const [index, operation] of operations.entries()) await this.#step(operation, chosen[index]?.[round]);
      }
      await this.#leavesNothing("in the end");
    } finally {
      await this.#site?.end();
    }
  }

  get #at(): Site {
    if (!this.#site) throw new Error("the walk has not begun");
    return this.#site;
  }

  #name(operation: Operation, point: Point): string {
    return `${this.#case.type} ${this.#case.name} ${operation}, ${point.name}`;
  }

  /** On a new host, an undisturbed run of each operation: where can it be disturbed? */
  async #begin(): Promise<Record<Operation, Extent>> {
    this.#site = await Site.begin(await this.#start(), this.#case);
    this.#untouched = await this.#at.rest();
    for (const operation of operations) await this.#at.quietly(operation);
    await this.#leavesNothing("undisturbed");
    const extents = {} as Record<Operation, Extent>;
    for (const operation of operations) {
      const before = await this.#at.target.snapshot();
      const { extent, answer } = await disturb(this.#at, this.#at.order(operation));
      this.#at.arrived(operation, sure(answer));
      this.#stages[operation] = { before, after: await this.#at.quiet() };
      extents[operation] = extent;
    }
    return extents;
  }

  /** The whole host is as it was before the first create. */
  async #leavesNothing(when: string): Promise<void> {
    const left = unlike(this.#untouched, await this.#at.rest());
    if (left) throw new Error(`${this.#case.type} ${this.#case.name} leaves behind, ${when}: ${left}`);
  }

  async #step(operation: Operation, point: Point | undefined): Promise<void> {
    if (!point) return await this.#at.quietly(operation);
    const why = await this.#survives(operation, point).catch((error: Error) => String(error.stack));
    const name = this.#name(operation, point);
    if (why || process.env.KVMNET_FAULTS_VERBOSE) console.log(why ? `LOST: ${name}: ${why}` : `survived: ${name}`);
    if (!why) return;
    this.losses.push({ point: name, why });
    // What one point left behind is not the next one's fault.
    await this.#at.end();
    await this.#begin();
    for (const done of operations.slice(0, operations.indexOf(operation) + 1)) await this.#at.quietly(done);
  }

  /** Empty when all is well: as before or as after, an error that says why, and the next run brings it to its end. */
  async #survives(operation: Operation, point: Point): Promise<string> {
    const site = this.#at;
    const { before, after } = this.#stages[operation];
    const { answer, struck } = await disturb(site, site.order(operation), point);
    if (struck) this.points++;
    const complaint = complaintAbout(answer, point);
    const succeeded = !answer.error && !answer.killed;
    if (!succeeded || point.fault?.mend) await site.ask();
    const between = await site.settles(...(succeeded ? [] : [before]), after);
    const found = [complaint, between && `neither as before nor as after: ${between}`];
    const last = succeeded ? answer : await site.provider.tell(site.order(operation));
    if (last.error || last.killed) {
      found.push(`the next run fails: ${last.error?.message ?? "its provider died"}`);
    } else {
      site.arrived(operation, last);
      const end = succeeded ? "" : await site.settles(after);
      found.push(end && `not as it should be in the end: ${end}`, await site.further(operation));
    }
    return found.filter(Boolean).join("; ");
  }
}

/** What is wrong with the error that the user sees. */
function complaintAbout({ error }: Answer, { fault }: Point): string {
  if (!error) return "";
  if (!error.known) return `not an error of ours: ${error.message}`;
  if (fault?.says && !(fault.says.test(error.message) && /\/(etc|run|var)\b/.test(error.message))) {
    return `the error does not name the cause: ${error.message}`;
  }
  return "";
}
