/** One direction of a proxied connection: chunks in their order, each held back for a while. */
import type { Socket } from "node:net";

/** The source is not read while more than this waits, in bytes; above the delay's worth on any link of the lab. */
const FULL = 8 * 1024 * 1024;

interface Waiting {
  due: number;
  /** Undefined stands for the end of the data. */
  data?: Buffer;
  then?: () => void;
}

/** Carries data from one socket to another with a delay. */
export class Lane {
  /** Where the data comes from. */
  readonly from: Socket;
  readonly #to: Socket;
  readonly #delayMs: () => number;
  readonly #queue: Waiting[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(from: Socket, to: Socket, delayMs: () => number) {
    this.from = from;
    this.#to = to;
    this.#delayMs = delayMs;
    to.once("close", () => clearTimeout(this.#timer));
  }

  /** Sends a chunk when its time has come. */
  send(data: Buffer): void {
    this.#bytes += data.length;
    if (this.#bytes > FULL) this.from.pause();
    this.#push({ due: performance.now() + this.#delayMs(), data });
  }

  /** Ends the other side's data after what waits, and then calls `then`, when all of it was handed to the kernel. */
  end(then?: () => void): void {
    this.#push({ due: performance.now() + this.#delayMs(), ...(then ? { then } : {}) });
  }

  #push(item: Waiting): void {
    this.#queue.push(item);
    if (this.#timer === undefined) this.#wait();
  }

  #wait(): void {
    const head = this.#queue[0];
    if (!head) return;
    const left = head.due - performance.now();
    // Without a delay nothing waits for a timer, which would cost a millisecond each way.
    if (left <= 0) this.#flush();
    else this.#timer = setTimeout(() => this.#flush(), left);
  }

  #flush(): void {
    this.#timer = undefined;
    // A shorter delay set meanwhile does not let a chunk overtake: only the head's time counts.
    for (let head = this.#queue[0]; head && head.due <= performance.now() + 0.5; head = this.#queue[0]) {
      this.#queue.shift();
      this.#forward(head);
    }
    this.#wait();
  }

  #forward({ data, then }: Waiting): void {
    if (this.#to.destroyed) return;
    if (data === undefined) {
      this.#to.end(then);
      return;
    }
    this.#bytes -= data.length;
    const accepted = this.#to.write(data);
    if (!accepted) {
      this.from.pause();
      this.#to.once("drain", () => this.from.resume());
    } else if (this.#bytes <= FULL) this.from.resume();
  }
}
