/** The cgroups of quick hosts: the one thing of theirs that does not end with its processes. */
import { existsSync, mkdirSync, readdirSync, rmdirSync } from "node:fs";
import { basename, join } from "node:path";
import { pause, run } from "./run.ts";
import { isAbandoned } from "./scratch.ts";

/** A host's own part of the unified hierarchy. */
export class CgroupTree {
  /** Its directory, in a mount that only this process and its children see. */
  readonly own: string;

  /**
   * Mounts the unified hierarchy below `dir`, whatever the machine itself has mounted (many still run the old ones), makes a
   * group in it, and removes those that killed keepers of killed starters have left.
   */
  constructor(dir: string) {
    const name = basename(dir);
    const root = join(dir, "cgroup");
    mkdirSync(root);
    run("mount", "-t", "cgroup2", "cgroup2", root);
    for (const entry of readdirSync(root)) {
      if (isAbandoned(entry)) tryRemove(join(root, entry));
    }
    this.own = join(root, name);
    mkdirSync(this.own);
  }

  /** Removes the group; its processes must have been killed, and leave it a moment after. */
  async remove(): Promise<void> {
    for (let tries = 0; tries < 50 && !tryRemove(this.own); tries++) await pause(20);
  }
}

function tryRemove(group: string): boolean {
  try {
    for (const entry of readdirSync(group, { withFileTypes: true })) {
      if (entry.isDirectory()) tryRemove(join(group, entry.name));
    }
    rmdirSync(group);
    return true;
  } catch {
    return !existsSync(group);
  }
}
