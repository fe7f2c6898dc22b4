/** Talking to a running QEMU through its monitor (QMP). */
import { createConnection, type Socket } from "node:net";
import { createInterface } from "node:readline";

interface Answer {
  return?: unknown;
  error?: { class: string; desc: string };
  event?: string;
}

/** One connection to a monitor. QEMU serves one at a time: close it when done. */
export class Monitor {
  readonly #socket: Socket;
  readonly #lines: AsyncIterator<string>;
  /** Names of the events that came while a command was waited for. */
  readonly #events: string[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  }

  /** Opens the monitor at the unix socket `path`, gives it to `body` and closes it. @throws if nothing listens there. */
  static async use<T>(path: string, body: (monitor: Monitor) => Promise<T>): Promise<T> {
    const socket = createConnection(path);
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve).once("error", reject);
    });
    // From here on an error shows as the end of the lines.
    socket.on("error", () => {});
    try {
      const monitor = new Monitor(socket);
      await monitor.#lines.next();
      await monitor.command("qmp_capabilities");
      return await body(monitor);
    } finally {
      socket.destroy();
    }
  }

  /** Runs one QMP command. @throws with QEMU's description, or if QEMU ends before it answers. */
  async command(execute: string, args: Record<string, unknown> = {}): Promise<unknown> {
    this.#socket.write(`${JSON.stringify({ execute, arguments: args })}\n`);
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) throw new Error(`QEMU ended during ${execute}`);
      const answer = JSON.parse(value) as Answer;
      if (answer.error) throw new Error(`${execute}: ${answer.error.desc}`);
      if ("return" in answer) return answer.return;
      if (answer.event) this.#events.push(answer.event);
    }
  }

  /** Waits for an event, if it did not come already. @throws after `patience` milliseconds, or if QEMU ends. */
  async event(name: string, patience: number): Promise<void> {
    if (this.#events.includes(name)) return;
    const timer = setTimeout(() => this.#socket.destroy(), patience);
    try {
      for (;;) {
        const { value, done } = await this.#lines.next();
        if (done) throw new Error(`QEMU: no ${name} within ${patience / 1000} s`);
        if ((JSON.parse(value) as Answer).event === name) return;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** Runs one line of the human monitor, for what QMP does not have. @throws if it prints an error. */
  async human(line: string): Promise<string> {
    const text = String(await this.command("human-monitor-command", { "command-line": line }));
    if (/^Error/m.test(text)) throw new Error(`${line}: ${text.trim()}`);
    return text;
  }
}
