import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { ClientChannel } from "ssh2";
import { KvmnetError } from "../model/error.ts";
import type { Connection } from "./connection.ts";
import { Frames } from "./frames.ts";
import { hello, look, request, rootShell, upload } from "./hello.ts";
import { noShell } from "./refused-shell.ts";
import type { Runtime } from "./runtime.ts";
import { printable } from "./words.ts";

/** The connection or the shell went away: what it was asked may or may not have been done. */
export class Lost extends Error {
  override readonly name = "Lost";
}

/** Written at once, then the other side has to take it. */
const pieceBytes = 64 * 1024;
/** Of what the shell said besides, for error texts. */
const tailChars = 2_000;

/** One root shell on the host, over which requests go for as long as the connection lasts. */
export class Channel {
  readonly connection: Connection;
  /** From here to the host and back, in milliseconds: about what it took to open the channel. */
  readonly roundTripMs: number;
  readonly #channel: ClientChannel;
  readonly #runtime: Runtime;
  readonly #nonce: string;
  readonly #frames: Frames;
  #stdout = "";
  #stderr = "";
  #greeted = false;
  #ready = false;
  readonly #ended: Promise<never>;

  private constructor(
    connection: Connection,
    opened: { channel: ClientChannel; tookMs: number },
    runtime: Runtime,
    nonce: string,
  ) {
    this.connection = connection;
    this.#channel = opened.channel;
    // Two exchanges: one opens the channel, one starts the command.
    this.roundTripMs = opened.tookMs / 2;
    this.#runtime = runtime;
    this.#nonce = nonce;
    this.#frames = new Frames(nonce, () => this.end());
    this.#channel.setEncoding("utf8");
    this.#channel.stderr.setEncoding("utf8");
    this.#channel.on("data", (chunk: string) => {
      if (!this.#greeted) this.#stdout = (this.#stdout + chunk).slice(-tailChars);
      this.#frames.push(chunk);
    });
    this.#channel.stderr.on("data", (chunk: string) => {
      this.#stderr = (this.#stderr + chunk).slice(-tailChars);
    });
    this.#channel.on("error", () => {});
    this.#ended = new Promise((_, reject) => this.#channel.once("close", () => reject(this.#endReason())));
    this.#ended.catch(() => {});
  }

  /**
   * Opens the shell. With a sudo password it waits until sudo asks for it, or does not. Throws `invalid-args` if sudo
   * is refused, `Lost` if the connection is.
   */
  static async open(connection: Connection, runtime: Runtime): Promise<Channel> {
    const nonce = `kvmnet-${randomBytes(12).toString("hex")}`;
    const began = performance.now();
    const channel = await connection.exec(rootShell(connection.destination, nonce)).catch((error: Error) => {
      throw new Lost(error.message);
    });
    const shell = new Channel(connection, { channel, tookMs: performance.now() - began }, runtime, nonce);
    const password = connection.destination.become?.password;
    if (password !== undefined) await Promise.race([shell.#greeting(password), shell.#ended]);
    return shell;
  }

  /** Sends a request and waits for the report's text. Throws `Lost` when no answer can come any more. */
  async exchange(id: string, text: string): Promise<string> {
    const asked = request(id, text);
    const answer = new Promise<string>((resolve) => this.#frames.onAnswer(id, resolve));
    if (this.#ready) {
      await this.#write(asked);
      return await Promise.race([answer, this.#ended]);
    }
    const word = this.#word();
    await this.#write(hello(this.#runtime, this.#nonce) + asked);
    if ((await Promise.race([word, this.#ended])) === "missing") {
      const loaded = this.#word();
      await this.#write(upload(this.#runtime, this.#nonce) + asked);
      if ((await Promise.race([loaded, this.#ended])) === "failed") throw this.#noRuntime();
    }
    this.#ready = true;
    return await Promise.race([answer, this.#ended]);
  }

  /** Has the shell run a program that only looks, without a runtime. Throws as `exchange` does. */
  async look(id: string, program: string): Promise<string> {
    const answer = new Promise<string>((resolve) => this.#frames.onAnswer(id, resolve));
    await this.#write(look(program, id));
    return await Promise.race([answer, this.#ended]);
  }

  /** Whether it can take no more requests. */
  get ended(): boolean {
    return this.connection.lost || this.#channel.destroyed || !this.#channel.writable;
  }

  /** Has the shell end: it sees the end of its input. */
  end(): void {
    this.#channel.end();
    this.#channel.destroy();
  }

  /** Gives sudo its password when, and only when, it asks; a shell that is already there must not read it as a command. */
  async #greeting(password: string): Promise<void> {
    const prompt = `${this.#nonce}-prompt`;
    let answered = false;
    const onPrompt = () => {
      const asked = this.#stderr.split(prompt).length - 1;
      // A second question means that the answer was wrong.
      if (asked > 1) this.end();
      else if (asked === 1 && !answered) {
        answered = true;
        this.#channel.write(`${password}\n`);
      }
    };
    this.#channel.stderr.on("data", onPrompt);
    await this.#word();
    this.#channel.stderr.off("data", onPrompt);
  }

  #word(): Promise<string> {
    return new Promise((resolve) => {
      this.#frames.onWord((word) => {
        this.#greeted = true;
        resolve(word);
      });
    });
  }

  async #write(text: string): Promise<void> {
    for (let at = 0; at < text.length; at += pieceBytes) {
      if (this.ended) throw this.#endReason();
      if (this.#channel.write(text.slice(at, at + pieceBytes))) continue;
      await Promise.race([once(this.#channel, "drain"), this.#ended]);
    }
  }

  #noRuntime(): KvmnetError {
    const { name } = this.connection.destination;
    const detail = printable(this.#stderr).slice(-300);
    return new KvmnetError({ code: "unmet", host: name, message: `/run/kvmnet on ${name} cannot be written`, detail });
  }

  #endReason(): Error {
    const said = { stdout: this.#stdout, stderr: this.#stderr.replaceAll(`${this.#nonce}-prompt`, "") };
    if (this.#greeted || this.connection.lost) return new Lost(printable(said.stderr).slice(-300));
    return noShell(this.connection.destination, said);
  }
}
