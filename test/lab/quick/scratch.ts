/** Directories of hosts: the SSH configuration is in one, and in the keeper's own mount namespace the host's disk is mounted there. */
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PREFIX = "kvmnet-quick-";

/** Makes one, and removes those that a killed keeper of a killed starter has left. */
export async function scratchDir(): Promise<string> {
  for (const entry of await readdir(tmpdir())) {
    const starter = /^kvmnet-quick-(\d+)-/.exec(entry)?.[1];
    if (starter && !existsSync(`/proc/${starter}`)) await rm(join(tmpdir(), entry), { recursive: true, force: true });
  }
  return mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
}
