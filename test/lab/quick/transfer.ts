/** A TCP connection that is in use all the time, and whether it survives. */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { EnterOptions, Said } from "./enter.ts";

const TRANSFER = join(import.meta.dirname, "transfer.pl");

type Exec = (command: string, options?: EnterOptions) => Promise<Said>;

export class Transfer {
  readonly #exec: Exec;
  readonly #file: string;

  private constructor(exec: Exec, file: string) {
    this.#exec = exec;
    this.#file = file;
  }

  /** Connects. @throws if nobody answers. */
  static async begin(exec: Exec, host: string, port: number): Promise<Transfer> {
    const file = `/run/transfer-${randomBytes(4).toString("hex")}`;
    await exec(`perl - ${host} ${port} ${file} && until [ -s ${file} ]; do sleep 0.02; done`, {
      input: await readFile(TRANSFER, "utf8"),
    });
    return new Transfer(exec, file);
  }

  /** Waits until more has come back, or nothing will: why the connection was lost, if it was. */
  async lost(): Promise<string | undefined> {
    const begun = (await this.#state()).bytes;
    for (;;) {
      const { bytes, why } = await this.#state();
      // Twice a piece: the first may have been on its way back already.
      if (why !== undefined || bytes > begun + 2 * 4096) return why;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Ends it. */
  async end(): Promise<void> {
    await this.#exec(`read -r pid rest < ${this.#file}; kill $pid; rm ${this.#file}`, { mayFail: true });
  }

  async #state(): Promise<{ bytes: number; why?: string }> {
    const { stdout } = await this.#exec(`cat ${this.#file}`);
    const [, bytes, why] = /^\d+ (\d+) ?(.*)/.exec(stdout) ?? [];
    return { bytes: Number(bytes), ...(why && { why }) };
  }
}

/** Has something happen while connections are in use, and prints and gives back how many of them it cost. They end. */
export async function losses(what: string, begun: readonly Transfer[], event: () => Promise<unknown>): Promise<number> {
  await event();
  const all = await Promise.all(begun.map((transfer) => transfer.lost()));
  await Promise.all(begun.map((transfer) => transfer.end()));
  const lost = all.filter((why) => why !== undefined);
  console.log(
    `${what}: ${lost.length} of ${begun.length} connections lost${lost.length ? ` (${lost.join(", ")})` : ""}`,
  );
  return lost.length;
}
