import { type FSWatcher, watch } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { QuickHost } from "./host.ts";

/** Counts the requests that a host runs, of whatever kind and from whomever: the client's own count dies with its process. */
export class RequestCounter {
  readonly #watcher: FSWatcher;
  readonly #ids = new Set<string>();

  private constructor(directory: string) {
    this.#watcher = watch(directory, (_, name) => {
      // Each runner begins with a file for its errors, even one whose report is not kept.
      if (name?.endsWith(".err")) this.#ids.add(name);
    });
  }

  /** Counts from now on, until the host is rebooted. */
  static async start(host: QuickHost): Promise<RequestCounter> {
    await host.exec("umask 077; mkdir -p /run/kvmnet/tx");
    return new RequestCounter(`${host.root}/run/kvmnet/tx`);
  }

  /** How many came since the last time this was asked. */
  async take(): Promise<number> {
    // What the kernel has told is read when this process gets round to it.
    await sleep(20);
    const { size } = this.#ids;
    this.#ids.clear();
    return size;
  }

  stop(): void {
    this.#watcher.close();
  }
}
