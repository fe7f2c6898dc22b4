/** Finding the processes that an engine started, by Linux's /proc. */
import { readdirSync, readFileSync } from "node:fs";

/** A process below the engine's. */
export interface Process {
  pid: number;
  /** The command line, its words separated by blanks. */
  command: string;
}

/** All processes below `pid`, children first; empty when it is gone. */
export function descendants(pid: number): Process[] {
  const children = Map.groupBy(allParents(), ([, parent]) => parent);
  const found: Process[] = [];
  const queue = [pid];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    for (const [child] of children.get(next) ?? []) {
      found.push({ pid: child, command: commandOf(child) });
      queue.push(child);
    }
  }
  return found;
}

/** The pids of the dynamic provider processes that the engine `pid` runs now: one for each provider instance. */
export function providersOf(pid: number): number[] {
  // The wrapper first runs a short node that only names the module without its file.
  return descendants(pid)
    .filter(({ command }) => command.includes("/cmd/dynamic-provider/index.js"))
    .map((process) => process.pid);
}

function allParents(): [number, number][] {
  const pids = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry));
  return pids.flatMap((pid): [number, number][] => {
    const stat = read(`/proc/${pid}/stat`);
    // The second field is a name in parentheses that may hold blanks and parentheses of its own.
    const parent = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1];
    return parent === undefined ? [] : [[Number(pid), Number(parent)]];
  });
}

function commandOf(pid: number): string {
  return read(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim();
}

/** Processes end while one reads about them. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
