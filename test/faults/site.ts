import { setTimeout as sleep } from "node:timers/promises";
import type { State } from "../../provider/lifecycle/state.ts";
import type { Snapshot } from "../lab/quick/index.ts";
import type { Case } from "./cases.ts";
import { place } from "./faults.ts";
import type { Answer, Order } from "./orders.ts";
import { Provider } from "./provider.ts";
import type { Target } from "./target.ts";
import { unlike } from "./unlike.ts";

/** In the order of a life. */
export const operations = ["create", "update", "delete"] as const;
export type Operation = (typeof operations)[number];

/** One host with one case on it, and the provider's process that works on it. */
export class Site {
  readonly target: Target;
  readonly provider: Provider;
  readonly #case: Case;
  /** How long the host may take to come to rest, in milliseconds; a pending change, until it is put back. */
  readonly #patience: number;
  #state: State | undefined;

  private constructor(target: Target, one: Case) {
    this.target = target;
    this.provider = new Provider(target.name, target.sshConfig);
    this.#case = one;
    this.#patience = one.args.confirmTimeoutSeconds ? 25_000 : 10_000;
  }

  /** Has the host get all that the case stands on. */
  static async begin(target: Target, one: Case): Promise<Site> {
    const site = new Site(target, one);
    await place(target);
    for (const wanted of one.on) sure(await site.provider.tell({ verb: "create", ...wanted }));
    return site;
  }

  /** What the engine would order. */
  order(verb: Operation | "read", after: Operation = verb === "read" ? "create" : verb): Order {
    const { type, name, args, update } = this.#case;
    const now = after === "create" ? args : { ...args, ...update };
    return { verb, type, name, args: now, state: verb === "create" ? undefined : this.#state };
  }

  /** Keeps the state as the engine would. */
  arrived(operation: Operation, { state }: Answer): void {
    this.#state = operation === "delete" ? undefined : state;
  }

  /** Does it undisturbed. */
  async quietly(operation: Operation): Promise<void> {
    this.arrived(operation, sure(await this.provider.tell(this.order(operation))));
    await this.quiet();
  }

  /** The host when all is done that others do after a change: networkd, udev, and the kernel that looks for twins. */
  async quiet(): Promise<Snapshot> {
    await this.target.exec("timeout 5 sh -c 'while ip -6 addr show tentative | grep -q inet6; do sleep 0.1; done'", {
      mayFail: true,
    });
    let last = await this.target.snapshot();
    for (let tries = 0; tries < 10; tries++) {
      await sleep(500);
      const now = await this.target.snapshot();
      if (!unlike(last, now) && !isStarting(now)) return now;
      last = now;
    }
    return last;
  }

  /** The whole host, at rest. */
  async rest(): Promise<Snapshot> {
    await this.quiet();
    return await this.target.snapshot(true);
  }

  /** A next request, whatever it is, puts right what was left. A host that did not answer a moment ago is asked again. */
  async ask(): Promise<void> {
    for (let tries = 0; ; tries++) {
      const answer = await this.provider.tell({ verb: "ask" });
      if (!answer.error) return;
      if (tries === 10) sure(answer);
      await sleep(500);
    }
  }

  /** What is different from each of the snapshots; empty as soon as the host is like one of them. */
  async settles(...wanted: Snapshot[]): Promise<string> {
    const deadline = Date.now() + this.#patience;
    for (;;) {
      const now = await this.target.snapshot();
      const all = wanted.map((one) => unlike(one, now));
      if (all.includes("")) return "";
      if (Date.now() > deadline) return all.join("; nor: ");
      await sleep(300);
    }
  }

  /** What a further run of the operation that was the last would do; empty when it is nothing. */
  async further(last: Operation): Promise<string> {
    if (!this.#state) return "";
    const { changes, gone } = sure(await this.provider.tell(this.order("read", last)));
    return changes || gone ? "a further run would change something" : "";
  }

  /** Ends all of it. */
  async end(): Promise<void> {
    await this.provider.kill();
    await this.target.stop();
  }
}

/** A unit is on its way, or waits to be tried again. */
function isStarting(snapshot: Snapshot): boolean {
  return Object.entries(snapshot).some(([key, value]) => key.startsWith("unit:") && value.includes(" activating "));
}

/** The answer. @throws when it is none, or an error. */
export function sure(answer: Answer): Answer {
  if (answer.error || answer.killed) throw new Error(answer.error?.message ?? "the provider died");
  return answer;
}
