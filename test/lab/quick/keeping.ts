/** The starter's end of the line to a host's keeper. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Answer, Orders, Requests } from "./protocol.ts";

const KEEPER = join(import.meta.dirname, "keeper.ts");

/** A running keeper. It ends with this object's process. */
export class Keeping {
  /** Where it forwards from, on 127.0.0.1. */
  readonly port: number;
  readonly #keeper: ChildProcess;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #errors = "";
  #next = 0;

  private constructor(keeper: ChildProcess, port: number) {
    this.#keeper = keeper;
    this.port = port;
    if (!keeper.stdout || !keeper.stderr) throw new Error("no pipes to the keeper");
    keeper.stderr.on("data", (chunk: Buffer) => {
      this.#errors += chunk;
    });
    createInterface({ input: keeper.stdout }).on("line", (line) => {
      const answer = JSON.parse(line) as Answer;
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
    keeper.once("close", () => {
      for (const [id, settle] of this.#waiting) settle({ id, error: `the keeper ended: ${this.#errors.trim()}` });
      this.#waiting.clear();
    });
    keeper.stdin?.on("error", () => {});
  }

  /** Starts a keeper. @throws if the rights for it are missing. */
  static async start(orders: Orders): Promise<Keeping> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    // The keeper lives in another network namespace; a socket stays in the one that it was made in.
    const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
    const args = [
      "--mount",
      "--net",
      "--propagation",
      "private",
      "--",
      process.execPath,
      KEEPER,
      JSON.stringify(orders),
    ];
    // Its own session: an interrupt typed at the tests must reach the host's end in order, through the pipe.
    const env = { ...process.env, NODE_OPTIONS: "", NODE_NO_WARNINGS: "1" };
    const keeper = spawn("unshare", args, { stdio: ["pipe", "pipe", "pipe", fd], detached: true, env });
    server.close();
    return new Keeping(keeper, port);
  }

  /** Pid of the keeper: its network namespace is the outside. */
  get pid(): number {
    return this.#keeper.pid ?? 0;
  }

  /** Asks for something. @throws the keeper's error. */
  async ask<V extends keyof Requests>(verb: V, args: Requests[V]["args"]): Promise<Requests[V]["answer"]> {
    const id = ++this.#next;
    const answer = await new Promise<Answer>((resolve) => {
      this.#waiting.set(id, resolve);
      if (this.#keeper.exitCode !== null) resolve({ id, error: `the keeper ended: ${this.#errors.trim()}` });
      this.#keeper.stdin?.write(`${JSON.stringify({ id, verb, args })}\n`);
    });
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.answer as Requests[V]["answer"];
  }

  /** Ends the host and the keeper, and waits until nothing of them is left. */
  async stop(): Promise<void> {
    if (this.#keeper.exitCode !== null || this.#keeper.signalCode !== null) return;
    const ended = once(this.#keeper, "exit");
    this.#keeper.stdin?.end();
    await ended;
  }
}
