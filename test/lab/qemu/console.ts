/** What a machine prints on its serial console. */
import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Path of the console of the machine in `dir`; it grows over reboots. */
export const consoleOf = (dir: string): string => join(dir, "console.log");

/** Of a boot or a shutdown without an end: enough to see what it waits for. */
const LAST_LINES = 30;

/** How much the console has by now, in bytes. */
export async function consoleSize(dir: string): Promise<number> {
  return (await stat(consoleOf(dir))).size;
}

/** Whether the machine in `dir` prints anything after the first `from` bytes within `patience` milliseconds. */
export async function speaks(dir: string, from: number, patience: number): Promise<boolean> {
  const deadline = performance.now() + patience;
  while (performance.now() < deadline) {
    if ((await consoleSize(dir)) > from) return true;
    await sleep(200);
  }
  return false;
}

/**
 * Waits for the login prompt, which tells the end of a boot, in what comes after the first `from` bytes. Asking sshd
 * over and over instead would earn the penalties that newer ones give for connections without a login.
 * @throws after `patience` milliseconds.
 */
export async function booted(dir: string, from: number, patience: number): Promise<void> {
  const deadline = performance.now() + patience;
  while (performance.now() < deadline) {
    if ((await read(dir, from)).includes(" login: ")) return;
    await sleep(200);
  }
  throw new Error(`no end of the boot after ${patience / 1000} s; ${await lastWords(dir, from)}`);
}

/** The end of what came after the first `from` bytes, for an error: the console goes with the host. */
export async function lastWords(dir: string, from: number): Promise<string> {
  const last = (await read(dir, from)).trimEnd().split(/\r?\n/).slice(-LAST_LINES);
  return `its last words:\n${last.join("\n")}`;
}

async function read(dir: string, from: number): Promise<string> {
  const file = await open(consoleOf(dir));
  try {
    const length = Math.max(0, (await file.stat()).size - from);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, from);
    return buffer.toString();
  } finally {
    await file.close();
  }
}
