/** Running programs of the machine, for the keeper. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { BOUNDING_SET } from "./protocol.ts";

/** Runs a program to its end. @throws what it said if it fails. */
export function run(program: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
  if (error) throw new Error(`${program}: ${error.message}`);
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${stderr.trim() || `exit code ${status}`}`);
  return stdout;
}

/** Process 1 of a pid namespace, and the process that waits for it. */
export interface Init {
  /** Its pid as the machine sees it. */
  pid: number;
  waiting: ChildProcess;
  /** Fulfilled with the signal that it ended by; reboot(2) in a pid namespace looks like SIGHUP, power off like SIGINT. */
  ended: Promise<NodeJS.Signals | null>;
}

/**
 * Starts a script as process 1 of new namespaces; it says "pid N" when it is about to become what it stays.
 * It dies with the thread that called this.
 * @throws what the script said, if it ends before that.
 */
export async function startInit(namespaces: string[], script: string, ...args: string[]): Promise<Init> {
  const unshare = ["unshare", ...namespaces, "--mount", "--propagation", "private", "--uts", "--ipc", "--pid"];
  const command = [
    "--pdeathsig",
    "KILL",
    BOUNDING_SET,
    ...unshare,
    "--fork",
    "--kill-child",
    "--",
    "sh",
    script,
    ...args,
  ];
  const waiting = spawn("setpriv", command, { stdio: ["ignore", "pipe", "pipe"] });
  const errors: Buffer[] = [];
  waiting.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
  const ended = once(waiting, "exit").then(([, signal]) => signal as NodeJS.Signals | null);
  const pid = await new Promise<number>((resolve, reject) => {
    createInterface({ input: waiting.stdout }).on("line", (line) => resolve(Number(line.replace("pid ", ""))));
    waiting.once("error", reject);
    waiting.once("close", () => reject(new Error(`${script}: ${Buffer.concat(errors).toString().trim() || "ended"}`)));
  });
  return { pid, waiting, ended };
}

/** Kills process 1 of a namespace, with that all of the namespace, and waits. */
export async function killInit(init: Init): Promise<void> {
  try {
    process.kill(init.pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
  await init.ended;
}

/** Waits. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
