/** A clone of the repository as somebody has it who has nothing yet. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { cacheDir } from "../../lab/cache.ts";
import { checkout } from "../../lab/engine/project.ts";

export class Clone {
  readonly #dir: string;

  private constructor(dir: string) {
    this.#dir = dir;
  }

  /** Of the last commit: what is not committed is not measured. */
  static async make(): Promise<Clone> {
    const dir = await mkdtemp(join(tmpdir(), "kvmnet-clone-"));
    await execa("git", ["clone", "--quiet", checkout, join(dir, "clone")]);
    return new Clone(dir);
  }

  /**
   * Runs a script of the package with this machine's cache, or with one of its own, which is empty at first. Says how long it took,
   * in seconds. @throws with the end of its output if it fails.
   */
  async npm(cache: "own" | "machine", ...args: string[]): Promise<number> {
    const began = performance.now();
    const done = await execa("npm", args, {
      ...{ cwd: join(this.#dir, "clone"), stdin: "ignore", all: true, reject: false, maxBuffer: 2 ** 28 },
      env: { KVMNET_CACHE: cache === "own" ? join(this.#dir, "cache") : cacheDir() },
    });
    if (done.exitCode !== 0)
      throw new Error(`npm ${args.join(" ")}: exit code ${done.exitCode}\n${done.all.slice(-4_000)}`);
    return (performance.now() - began) / 1000;
  }

  async remove(): Promise<void> {
    await rm(this.#dir, { recursive: true, force: true });
  }
}
