/** Running commands in the namespaces of a host or a peer, past its network. */
import { execa } from "execa";
import { BOUNDING_SET } from "./protocol.ts";

/** What a command said. */
export interface Said {
  stdout: string;
  stderr: string;
  exitCode: number;
}

/** How to run a command. */
export interface EnterOptions {
  input?: string;
  /** In milliseconds; 60 s if unset. */
  timeout?: number;
  /** Do not throw on a non-zero exit code. */
  mayFail?: boolean;
}

/** The exit code by which timeout(1) says so. */
const TIMED_OUT = 124;

const ENVIRONMENT = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  HOME: "/root",
  LANG: "C.UTF-8",
  SYSTEMD_PAGER: "",
};

/**
 * Runs a shell command as root where process `pid` lives.
 * @throws with what it said on stderr if it fails, unless it may; and if it runs out of time.
 */
export async function enter(pid: number, command: string, options: EnterOptions = {}): Promise<Said> {
  const { input = "", timeout = 60_000, mayFail = false } = options;
  const settings = {
    input,
    timeout: timeout + 5_000,
    reject: false,
    env: ENVIRONMENT,
    extendEnv: false,
    maxBuffer: 2 ** 28,
  };
  // Only a timeout inside the pid namespace ends all that the command started; ours is for the case that it is no longer there.
  const limit = ["timeout", "--kill-after=1", String(timeout / 1000)];
  const args = [BOUNDING_SET, "nsenter", "--target", String(pid), "--all", "--", ...limit, "/bin/sh", "-c", command];
  const { stdout, stderr, exitCode, timedOut } = await execa("setpriv", args, settings);
  if (timedOut || exitCode === TIMED_OUT)
    throw new Error(`${command}: no end after ${timeout / 1000} s: ${stdout}\n${stderr}`);
  if (exitCode !== 0 && !mayFail) throw new Error(`${command}: exit code ${exitCode}: ${stderr || stdout}`);
  return { stdout, stderr, exitCode: exitCode ?? -1 };
}
