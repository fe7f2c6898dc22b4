import { limits } from "./limits.ts";

/** Has one at a time of several kinds of work done, in the order of asking. */
export class Turn {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => {});
    return mine;
  }
}

/** How a group is committed. */
export interface Commit<T, R> {
  /** One request at a time per host. */
  readonly turn: Turn;
  /** Called before a group is closed: what arrives while it connects still belongs to it. */
  ready(): Promise<void>;
  /** Answers in the order of the members. */
  run(members: readonly T[]): Promise<readonly R[]>;
  /** In milliseconds. */
  roundTrip(): number;
}

interface Waiting<T, R> {
  readonly member: T;
  readonly bytes: number;
  resolve(result: R): void;
  reject(error: unknown): void;
}

/**
 * Collects what arrives at about the same time and has it committed together. "While one runs" alone does not do: with
 * eight operations in flight it gives groups of 1, 7, 1, 7, so a group waits until arrivals pause.
 */
export class Group<T, R> {
  readonly #commit: Commit<T, R>;
  #waiting: Waiting<T, R>[] = [];
  #running = false;
  #lastArrival = 0;
  #lastAnswer = 0;
  #largest = 0;
  #wake: (() => void) | undefined;

  constructor(commit: Commit<T, R>) {
    this.#commit = commit;
  }

  /** Joins the next group. `bytes` is about what the member takes in the request. */
  add(member: T, bytes: number): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ member, bytes, resolve, reject });
      this.#lastArrival = performance.now();
      this.#wake?.();
      if (!this.#running) void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length) await this.#commit.turn.take(() => this.#next());
    this.#running = false;
  }

  async #next(): Promise<void> {
    try {
      await this.#commit.ready();
    } catch (error) {
      for (const { reject } of this.#waiting.splice(0)) reject(error);
      return;
    }
    await this.#pause();
    const group = this.#take();
    this.#largest = Math.max(this.#largest, group.length);
    try {
      const results = await this.#commit.run(group.map(({ member }) => member));
      group.forEach(({ resolve, reject }, index) => {
        const result = results[index];
        if (result === undefined) reject(new Error("no result"));
        else resolve(result);
      });
    } catch (error) {
      for (const { reject } of group) reject(error);
    } finally {
      this.#lastAnswer = performance.now();
    }
  }

  /**
   * Waits until nothing new has arrived for a while. Answers to the last group bring the next members about, as many as the
   * engine has in flight: when the largest group is full again there is nobody to wait for.
   */
  async #pause(): Promise<void> {
    const began = performance.now();
    const pause = Math.min(limits.longestPauseMs, Math.max(limits.pauseMs, this.#commit.roundTrip()));
    for (;;) {
      const now = performance.now();
      const rest = Math.min(Math.max(this.#lastArrival, this.#lastAnswer) + pause, began + limits.gatherMs) - now;
      const full = this.#largest >= limits.fullGroup && this.#waiting.length >= this.#largest;
      if (rest <= 0 || full || this.#waiting.length >= limits.groupMembers) return;
      await this.#arrival(rest);
    }
  }

  /** Waits until a member arrives, but no longer than that. */
  #arrival(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #take(): Waiting<T, R>[] {
    let bytes = 0;
    const fits = this.#waiting.findIndex((one, index) => {
      bytes += one.bytes;
      return index >= limits.groupMembers || (index > 0 && bytes > limits.groupBytes);
    });
    return this.#waiting.splice(0, fits < 0 ? this.#waiting.length : fits);
  }
}
