import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Answer, Order } from "./orders.ts";

/** The process of `driver.ts`, started anew after it was killed. */
export class Provider {
  readonly #host: string;
  readonly #sshConfig: string;
  #child: ChildProcess | undefined;
  #answer: ((answer: Answer) => void) | undefined;

  /** `host` is a name in the SSH configuration. */
  constructor(host: string, sshConfig: string) {
    this.#host = host;
    this.#sshConfig = sshConfig;
  }

  /** Has it do something; what it cannot do is in the answer. */
  async tell(order: Order): Promise<Answer> {
    const child = this.#running();
    return await new Promise((resolve) => {
      this.#answer = resolve;
      child.stdin?.write(`${JSON.stringify(order)}\n`);
    });
  }

  /** Ends it without a chance to do anything. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }

  #running(): ChildProcess {
    if (this.#child) return this.#child;
    const args = ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "driver.ts"), this.#host];
    const env = { ...process.env, KVMNET_SSH_CONFIG: this.#sshConfig };
    const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"], env });
    this.#child = child;
    child.stdin.on("error", () => {});
    createInterface({ input: child.stdout }).on("line", (line) => this.#answer?.(JSON.parse(line) as Answer));
    child.once("exit", () => {
      if (this.#child === child) this.#child = undefined;
      this.#answer?.({ killed: true });
    });
    return child;
  }
}
