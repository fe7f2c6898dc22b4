import type { Client, ClientChannel } from "ssh2";
import type { Destination } from "./destination.ts";
import type { Dialled } from "./dial.ts";
import { limits } from "./limits.ts";

/** An SSH connection. While nobody waits for it, it does not keep the process alive. */
export class Connection {
  readonly destination: Destination;
  readonly #dialled: Dialled;
  #waiting = 0;
  #lost = false;
  #keepalive: NodeJS.Timeout | undefined;

  private constructor(destination: Destination, dialled: Dialled) {
    this.destination = destination;
    this.#dialled = dialled;
    this.#client.once("close", () => {
      this.#lost = true;
      clearInterval(this.#keepalive);
    });
    dialled.socket.unref();
  }

  /** Connects and logs in; calls `heard` as `dial` does, and throws as it does. */
  static async open(destination: Destination, signal: AbortSignal, heard?: () => void): Promise<Connection> {
    // SSH is loaded when it is used: a preview or an up without changes makes no connection, and need not wait for it.
    const { dial } = await import("./dial.ts");
    return new Connection(destination, await dial(destination, signal, heard));
  }

  get #client(): Client {
    return this.#dialled.client;
  }

  /** Whether it is gone. A peer that fell silent is noticed by `waitFor` only. */
  get lost(): boolean {
    return this.#lost;
  }

  /** Starts a command. Rejects when the connection is lost or the server opens no more channels. */
  exec(command: string): Promise<ClientChannel> {
    return new Promise((resolve, reject) => {
      const lost = () => reject(new Error("connection lost"));
      this.#client.once("close", lost);
      this.#client.exec(command, (error, channel) => {
        this.#client.off("close", lost);
        if (error) reject(error);
        else resolve(channel);
      });
    });
  }

  /**
   * Waits for something that needs the connection; meanwhile the process stays alive and the peer is tested, so that a
   * silent one is noticed: the connection is dropped then, and whatever runs over it ends.
   */
  async waitFor<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting++ === 0) this.#watch();
    try {
      return await work();
    } finally {
      if (--this.#waiting === 0) {
        clearInterval(this.#keepalive);
        this.#dialled.socket.unref();
      }
    }
  }

  /** ssh2's own keepalive would keep the process alive when idle: its timer cannot be let go of. */
  #watch(): void {
    this.#dialled.socket.ref();
    let missed = 0;
    this.#keepalive = setInterval(() => {
      if (missed++ >= limits.keepaliveMisses) return this.drop();
      try {
        // Any global request that the server must answer will do, and a refusal is an answer.
        this.#client.unforwardIn("127.0.0.1", 1, () => {
          missed = 0;
        });
      } catch {
        this.drop();
      }
    }, limits.keepaliveMs);
  }

  /** Ends it in order. */
  close(): void {
    if (!this.#lost) this.#dialled.end();
  }

  /** Ends it at once. */
  drop(): void {
    this.#dialled.socket.destroy();
  }
}
