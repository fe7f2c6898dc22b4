/** A throwaway server that speaks S3, for state that people share. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { ensurePrograms } from "./apt.ts";
import { buildOnce } from "./cache.ts";
import { freePort } from "./free-port.ts";

/** Of moto, from PyPI. It keeps everything in memory, and lets everybody in. */
const VERSION = "5.2.5";
const BUCKET = "kvmnet";

/** A server that listens on loopback alone. */
export class ObjectStore {
  /** What `pulumi login` takes; the bucket is there. */
  readonly url: string;
  /** What a client must have in its environment: it signs its requests, with whatever it has. */
  readonly env = { AWS_ACCESS_KEY_ID: "lab", AWS_SECRET_ACCESS_KEY: "lab", AWS_REGION: "us-east-1" };
  readonly #server: ChildProcess;

  private constructor(port: number, server: ChildProcess) {
    // As gocloud.dev/blob/s3blob has them.
    this.url = `s3://${BUCKET}?endpoint=http://127.0.0.1:${port}&use_path_style=true&region=us-east-1`;
    this.#server = server;
  }

  /** @throws without a Python, or when PyPI does not answer. */
  static async start(): Promise<ObjectStore> {
    const port = await freePort();
    // Not by the program that pip made: it has the path of the directory in which it was built.
    const args = ["-m", "moto.server", "-H", "127.0.0.1", "-p", String(port)];
    const server = spawn(join(await installed(), "bin", "python"), args, { stdio: "ignore" });
    const store = new ObjectStore(port, server);
    try {
      await makeBucket(`http://127.0.0.1:${port}/${BUCKET}`);
      return store;
    } catch (error) {
      await store.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    if (this.#server.exitCode !== null || this.#server.signalCode !== null) return;
    const ended = once(this.#server, "exit");
    this.#server.kill();
    await ended;
  }
}

function installed(): Promise<string> {
  return buildOnce(`peers/moto-${VERSION}`, async (dir) => {
    await ensurePrograms({ python3: "python3-venv" });
    await execa("python3", ["-m", "venv", dir]);
    await execa(join(dir, "bin", "python"), ["-m", "pip", "install", "--quiet", `moto[s3,server]==${VERSION}`]);
  });
}

/** Waits for the server, which takes seconds to load. */
async function makeBucket(url: string): Promise<void> {
  for (const deadline = Date.now() + 60_000; ; await sleep(100)) {
    const answer = await fetch(url, { method: "PUT" }).catch((error: Error) => error);
    if (answer instanceof Response && answer.ok) return;
    if (Date.now() > deadline)
      throw new Error(`no bucket at ${url}: ${answer instanceof Error ? answer.cause : answer.status}`);
  }
}
