/** What processes show of themselves while something runs. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What stands around a word's first place in a text; empty if it is not in it. */
export function around(text: string, word: string): string {
  const at = text.indexOf(word);
  return at < 0 ? "" : text.slice(Math.max(0, at - 200), at + word.length + 100);
}

/** Command lines of all processes, every 50 ms until `stop`; of hosts in namespaces, too. */
export class CommandLines {
  readonly #seen = new Set<string>();
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#timer = setInterval(() => this.#sample(), 50);
  }

  get text(): string {
    return [...this.#seen].join("\n");
  }

  stop(): void {
    this.#sample();
    clearInterval(this.#timer);
  }

  #sample(): void {
    for (const pid of readdirSync("/proc")) {
      if (!/^\d+$/.test(pid)) continue;
      try {
        this.#seen.add(readFileSync(join("/proc", pid, "cmdline"), "utf8").replaceAll("\0", " "));
      } catch {
        // It has ended.
      }
    }
  }
}
