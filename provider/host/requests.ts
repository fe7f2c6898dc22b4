import { KvmnetError } from "../model/error.ts";
import { encodeAgain } from "../plan/encode.ts";
import { Channel, Lost } from "./channel.ts";
import { Connection } from "./connection.ts";
import type { Destination } from "./destination.ts";
import { limits } from "./limits.ts";
import { dying, gone, late, lostEarly, noShellYet } from "./losses.ts";
import type { Runtime } from "./runtime.ts";
import { within } from "./within.ts";

/** What `Requests.send` sends. */
export interface Wanted {
  readonly id: string;
  readonly text: string;
  readonly deadlineMs: number;
  /** For how long the path may be cut by the very request, in milliseconds: worth more patience than any other loss. */
  readonly cutMs?: number;
  /** For messages: whether something may have been changed. */
  readonly changes: boolean;
}

/** Brings requests to a host and answers back, over as many connections as it takes (one, as a rule). */
export class Requests {
  handshakes = 0;
  sent = 0;
  /** The host's first word, whatever becomes of the connection. */
  readonly heard = Promise.withResolvers<void>();
  readonly #runtime: Runtime;
  /** Ways to log in, the one to try first in front. */
  #ways: Destination[] = [];
  #channel: Channel | undefined;
  #opening: Promise<Channel> | undefined;
  #silence: { until: number; error: KvmnetError } | undefined;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Takes note of a way to log in; new ones go first, since a credential that was rotated is the newer one. */
  offer(way: Destination): void {
    const same = (other: Destination) => JSON.stringify(other) === JSON.stringify(way);
    if (this.#ways.some(same)) return;
    this.#ways = [way, ...this.#ways].slice(0, 4);
    this.#silence = undefined;
  }

  /** About a round trip, once it was measured. */
  get roundTripMs(): number {
    return this.#channel?.roundTripMs ?? 0;
  }

  /** Connects, if there is no connection. A host that was silent a moment ago counts as silent without another try. */
  async ready(): Promise<void> {
    if (this.#silence && this.#silence.until > Date.now()) throw this.#silence.error;
    const began = Date.now();
    try {
      await this.#open(AbortSignal.timeout(limits.submitMs));
      this.#silence = undefined;
    } catch (error) {
      if (error instanceof KvmnetError && error.code === "unreachable") {
        const { least, most } = limits.silenceMs;
        const now = Date.now();
        this.#silence = { until: now + Math.min(most, Math.max(least, 2 * (now - began))), error };
      }
      throw error;
    }
  }

  /**
   * Sends a request and waits for its answer. If the connection is lost meanwhile, it connects again and sends the same
   * request, which the host answers without doing it twice. Throws `unreachable` by the deadline.
   */
  async send(wanted: Wanted): Promise<string> {
    const deadline = Date.now() + wanted.deadlineMs;
    const began = performance.now();
    for (let lost = 0; ; lost++) {
      const channel = await this.#reopen(deadline, lost > 0, wanted);
      const text = lost ? encodeAgain(wanted.text, (performance.now() - began) / 1000) : wanted.text;
      try {
        this.sent++;
        return await channel.connection.waitFor(() =>
          within(deadline, channel.exchange(wanted.id, text), () => late(channel, wanted)),
        );
      } catch (error) {
        await this.#drop(channel);
        if (!(error instanceof Lost)) throw error;
        if (lost + 1 >= limits.shellDeaths) throw dying(channel, error, wanted);
      }
    }
  }

  /**
   * Sends a request over a connection made for it, which from then on is the one to use. Goes on trying until the
   * deadline, for the path to the host may be cut until then. Throws `unreachable` when it never came back.
   */
  async sendAnew(wanted: Wanted): Promise<string> {
    const deadline = Date.now() + wanted.deadlineMs;
    await this.close();
    for (;;) {
      const attempt = Math.min(deadline, Date.now() + limits.confirmDialMs);
      try {
        const channel = await this.#open(AbortSignal.timeout(Math.max(1, attempt - Date.now())));
        this.sent++;
        return await channel.connection.waitFor(() =>
          within(deadline, channel.exchange(wanted.id, wanted.text), () => late(channel, wanted)),
        );
      } catch (error) {
        const passing = error instanceof Lost || (error instanceof KvmnetError && error.code === "unreachable");
        if (this.#channel) await this.#drop(this.#channel);
        if (!passing || Date.now() + limits.dialPauseMs > deadline) throw error;
        await new Promise((resolve) => setTimeout(resolve, limits.dialPauseMs));
      }
    }
  }

  /** Ends the connection in order. */
  async close(): Promise<void> {
    await this.#opening?.catch(() => {});
    if (this.#channel) await this.#drop(this.#channel);
  }

  async #drop(channel: Channel): Promise<void> {
    channel.end();
    channel.connection.close();
    if (this.#channel === channel) this.#channel = undefined;
  }

  /** After a loss it goes on trying for a while: the host may be restarting its sshd. */
  async #reopen(deadline: number, again: boolean, wanted: Wanted): Promise<Channel> {
    const until = Math.min(deadline, Date.now() + Math.max(limits.reconnectMs, wanted.cutMs ?? 0));
    for (;;) {
      try {
        return await this.#open(AbortSignal.timeout(Math.max(1, until - Date.now())));
      } catch (error) {
        if (!(error instanceof KvmnetError) || error.code !== "unreachable" || !again) throw error;
        if (Date.now() + limits.longestDialPauseMs > until) throw gone(error, wanted);
        await new Promise((resolve) => setTimeout(resolve, limits.dialPauseMs));
      }
    }
  }

  async #open(signal: AbortSignal): Promise<Channel> {
    if (this.#channel && !this.#channel.ended) return this.#channel;
    this.#opening ??= this.#login(signal).finally(() => {
      this.#opening = undefined;
    });
    return await this.#opening;
  }

  /** Tries one way after the other as long as the host refuses them. */
  async #login(signal: AbortSignal): Promise<Channel> {
    let refusal: unknown;
    for (const way of this.#ways) {
      try {
        const channel = await this.#loginBy(way, signal);
        this.#ways = [way, ...this.#ways.filter((other) => other !== way)];
        this.#channel = channel;
        return channel;
      } catch (error) {
        if (!(error instanceof KvmnetError && error.code === "invalid-args")) throw error;
        refusal ??= error;
      }
    }
    throw refusal;
  }

  /** A connection that is lost before it was of use is worth another one. */
  async #loginBy(way: Destination, signal: AbortSignal): Promise<Channel> {
    for (let lost = 1; ; lost++) {
      const connection = await Connection.open(way, signal, this.heard.resolve);
      this.handshakes++;
      try {
        return await connection.waitFor(() =>
          within(Date.now() + limits.shellMs, Channel.open(connection, this.#runtime), () => noShellYet(way)),
        );
      } catch (error) {
        connection.close();
        if (!(error instanceof Lost)) throw error;
        if (lost >= way.dial.errorLimit || signal.aborted) throw lostEarly(way, error);
      }
    }
  }
}
