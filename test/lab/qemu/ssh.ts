/** OpenSSH to a lab host: its files, its connection, its commands. */

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import type { Image } from "../image/image.ts";

/** The image's accounts: root; ops, with sudo that asks nothing; pat, with sudo that asks; odd, whose shell is tcsh. */
export const ACCOUNTS = ["root", "ops", "pat", "odd"] as const;
export type Account = (typeof ACCOUNTS)[number];

/** How to run a command on a host. */
export interface SshOptions {
  user?: Account;
  /** Text for its standard input. */
  input?: string;
  /** Whether an exit code other than 0 throws; true if not given. */
  check?: boolean;
  /** Milliseconds; two minutes if not given. */
  timeout?: number;
}

/** What a command did. */
export interface SshResult {
  stdout: string;
  stderr: string;
  exitCode: number;
}

/** Path of the ssh_config file of the host in `dir`. */
export const configOf = (dir: string): string => join(dir, "ssh_config");
const masterOf = (dir: string) => join(dir, "ssh");

/**
 * Writes `ssh_config` and `known_hosts` into `dir`. The configuration has NAME (root) and one NAME-ACCOUNT for each
 * account.
 */
export async function writeSshFiles(dir: string, name: string, port: number, image: Image): Promise<void> {
  const keys = image.hostKeys.trim().split("\n");
  await writeFile(join(dir, "known_hosts"), keys.map((key) => `[127.0.0.1]:${port} ${key}\n`).join(""));
  const shared = [
    "HostName 127.0.0.1",
    `Port ${port}`,
    `IdentityFile "${image.identity}"`,
    "IdentitiesOnly yes",
    `UserKnownHostsFile "${join(dir, "known_hosts")}"`,
    "StrictHostKeyChecking yes",
  ];
  const hosts = ACCOUNTS.map((user) => [`Host ${user === "root" ? name : `${name}-${user}`}`, `User ${user}`]);
  const blocks = hosts.map(([head, user]) => [head, ...[user, ...shared].map((line) => `  ${line}`), ""]);
  await writeFile(configOf(dir), blocks.flat().join("\n"));
}

/** Runs a command as root on the open connection, or as another account on one of its own. */
export async function ssh(dir: string, command: string, options: SshOptions = {}): Promise<SshResult> {
  const { user = "root", input = "", check = true, timeout = 120_000 } = options;
  const name = await readFile(join(dir, "name"), "utf8");
  const target = user === "root" ? ["-S", masterOf(dir), name] : ["-S", "none", `${name}-${user}`];
  const result = await execa("ssh", ["-F", configOf(dir), "-o", "BatchMode=yes", ...target, command], {
    input,
    timeout,
    reject: false,
    env: { LC_ALL: "C" },
  });
  const { stdout, stderr } = result;
  if (result.timedOut) throw new Error(`${name}: no end after ${timeout / 1000} s: ${command}\n${stderr}`);
  const exitCode = result.exitCode ?? 255;
  if (check && exitCode !== 0) throw new Error(`${name}: exit code ${exitCode}: ${command}\n${stderr || stdout}`);
  return { stdout, stderr, exitCode };
}

/**
 * Waits until sshd lets root in and opens the connection that root's commands share.
 * @throws after `patience` milliseconds, with what ssh said last.
 */
export async function connect(dir: string, patience: number): Promise<void> {
  const deadline = performance.now() + patience;
  const name = await readFile(join(dir, "name"), "utf8");
  const log = join(dir, "ssh.log");
  const options = ["BatchMode=yes", "ConnectTimeout=20", "ServerAliveInterval=15"].flatMap((option) => ["-o", option]);
  // A log file: if our pipes were its output, they would be open for as long as the connection.
  const args = ["-F", configOf(dir), ...options, "-E", log, "-MNf", "-S", masterOf(dir), name];
  while (performance.now() < deadline) {
    const { exitCode } = await execa("ssh", args, { stdio: "ignore", reject: false, timeout: 60_000 });
    if (exitCode === 0) return;
    await sleep(500);
  }
  const said = (await readFile(log, "utf8").catch(() => "")).trim().split("\n").at(-1);
  throw new Error(`${name}: no ssh after ${patience / 1000} s: ${said}`);
}

/** Ends the shared connection: after a reset or a reboot it would hang. */
export async function disconnect(dir: string): Promise<void> {
  const name = await readFile(join(dir, "name"), "utf8").catch(() => "");
  await execa("ssh", ["-F", configOf(dir), "-S", masterOf(dir), "-O", "exit", name], {
    reject: false,
    stdio: "ignore",
    timeout: 10_000,
  });
}
