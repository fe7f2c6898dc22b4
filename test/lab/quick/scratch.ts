/** Directories of hosts: the SSH configuration is in one, and in the keeper's own mount namespace the host's disk is mounted there. */
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkRoom } from "./inotify.ts";

/** How the directory and the cgroup of each host of a starter are called, up to a random rest. */
export function prefixOf(starter: number | undefined): string {
  return `kvmnet-quick-${starter}-`;
}

/** Whether a directory or a cgroup of this name belongs to a host whose starter is gone. */
export function isAbandoned(name: string): boolean {
  const starter = /^kvmnet-quick-(\d+)-/.exec(name)?.[1];
  return starter !== undefined && !existsSync(`/proc/${starter}`);
}

/**
 * Makes a directory, and removes those that killed keepers of killed starters have left.
 * @throws if so many hosts run that another one's systemd would hang for want of inotify instances.
 */
export async function scratchDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), prefixOf(process.pid)));
  let hosts = 0;
  for (const entry of await readdir(tmpdir())) {
    if (isAbandoned(entry)) await rm(join(tmpdir(), entry), { recursive: true, force: true });
    else if (/^kvmnet-quick-\d+-/.test(entry)) hosts++;
  }
  await checkRoom(hosts).catch(async (error: unknown) => {
    await rm(dir, { recursive: true });
    throw error;
  });
  return dir;
}
