/** The lab's cache directory, and building things into it exactly once. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { say } from "./progress.ts";

/** Where everything the lab builds lives, outside the checkout: `$KVMNET_CACHE`, `$XDG_CACHE_HOME/pulumi-kvmnet` or `~/.cache/pulumi-kvmnet`. */
export function cacheDir(): string {
  const own = process.env.KVMNET_CACHE;
  if (own) return own;
  const xdg = process.env.XDG_CACHE_HOME;
  return join(xdg || join(homedir(), ".cache"), "pulumi-kvmnet");
}

/**
 * Builds a directory once and for all. `key` names what is built with its version ("engine/pulumi-3.259.0"); `build`
 * fills the directory it is given. A directory that has its final name is complete: it got there by one rename.
 * Two runs at once build once, the second waits; what a killed build left is removed by the next one.
 * @returns the path of the finished directory.
 * @throws whatever `build` throws; nothing is kept then.
 */
export async function buildOnce(key: string, build: (dir: string) => Promise<void>): Promise<string> {
  const final = join(cacheDir(), key);
  if (existsSync(final)) return final;
  return withLock(key, async () => {
    if (existsSync(final)) return final;
    await removeLeftovers(final);
    const dir = await mkdtemp(`${final}.tmp-`);
    try {
      await build(dir);
      await rename(dir, final);
    } catch (error) {
      await rm(dir, { recursive: true, force: true });
      throw error;
    }
    return final;
  });
}

/**
 * Runs `body` while holding the cache's lock `name`, waiting for another process that holds it. The lock is a flock(2)
 * held by a child whose standard input ends with this process, so a killed holder cannot leave it behind.
 * Locks are not re-entrant: a process that asks twice for the same name waits for itself.
 * @throws if flock(1), of Debian's util-linux, is missing.
 */
export async function withLock<T>(name: string, body: () => Promise<T>): Promise<T> {
  const file = join(cacheDir(), `${name}.lock`);
  await mkdir(dirname(file), { recursive: true });
  // The shell, not flock, has the lock's descriptor: `cat` ends at our end of the pipe, and with it the shell.
  const script = 'exec 9>"$0"; flock -n 9 || { [ $? = 1 ] && echo waiting && flock 9; } || exit; echo locked; exec cat';
  const child = spawn("/bin/sh", ["-c", script, file], { stdio: ["pipe", "pipe", "pipe"], detached: true });
  try {
    await locked(child, name);
    return await body();
  } finally {
    child.stdin?.end();
  }
}

function locked(child: ChildProcess, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let errors = "";
    let out = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      errors += chunk;
    });
    child.stdout?.on("data", (chunk: Buffer) => {
      out += chunk;
      if (out === "waiting\n") say(`… waiting for another run that holds ${name}`);
      if (out.endsWith("locked\n")) resolve();
    });
    child.once("error", reject);
    child.once("close", () => reject(new Error(`no lock on ${name}: ${errors.trim() || "flock ended"} (util-linux)`)));
  });
}

/** Removes what killed builds of the same key left; only the holder of the key's lock may call it. */
async function removeLeftovers(final: string): Promise<void> {
  const prefix = `${basename(final)}.tmp-`;
  const entries = await readdir(dirname(final));
  const stale = entries.filter((entry) => entry.startsWith(prefix));
  await Promise.all(stale.map((entry) => rm(join(dirname(final), entry), { recursive: true, force: true })));
}
