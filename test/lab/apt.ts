/** Programs of the system that the lab needs, installed where that is allowed. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { withLock } from "./cache.ts";
import { step } from "./progress.ts";

/** Root's directories too: a user's PATH often leaves them out, and debootstrap and mke2fs are there. */
const PLACES = [...(process.env.PATH ?? "").split(delimiter), "/usr/local/sbin", "/usr/sbin", "/sbin"];

/**
 * Makes sure that programs are there, installing their Debian packages if this runs as root or sudo asks for nothing.
 * `programs` maps the name of each program to the package that has it.
 * @throws naming the missing packages and the command to run, if it may not install them or that fails.
 */
export async function ensurePrograms(programs: Record<string, string>): Promise<void> {
  const packages = missing(programs);
  if (packages.length === 0) return;
  const advice = `missing on this machine: ${packages.join(", ")}. Run: apt-get install ${packages.join(" ")}`;
  if (!findProgram("apt-get")) throw new Error(`${advice} (or what your distribution calls them)`);
  const root = await rootPrefix();
  if (!root) throw new Error(`${advice} (as root)`);
  await withLock("apt", () =>
    // Another run may have installed them while this one waited.
    step(`Debian packages: ${packages.join(", ")}`, () => install(root, missing(programs))),
  ).catch((error: Error) => {
    throw new Error(`${advice}\n${error.message}`, { cause: error });
  });
  const still = missing(programs);
  if (still.length > 0) throw new Error(`installed, and still without their programs: ${still.join(", ")}`);
}

/** Full path of a program, root's directories included; undefined if there is none. */
export function findProgram(name: string): string | undefined {
  return PLACES.filter(Boolean)
    .map((place) => join(place, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** What to put before a command so that root runs it: nothing, or `sudo -n`; undefined if neither is possible. */
export async function rootPrefix(): Promise<string[] | undefined> {
  if (process.getuid?.() === 0) return [];
  const sudo = findProgram("sudo");
  if (!sudo) return undefined;
  const { exitCode } = await execa(sudo, ["-n", "true"], { reject: false, stdin: "ignore" });
  return exitCode === 0 ? [sudo, "-n"] : undefined;
}

function missing(programs: Record<string, string>): string[] {
  const names = Object.entries(programs).flatMap(([program, name]) => (findProgram(program) ? [] : [name]));
  return [...new Set(names)];
}

async function install(root: string[], packages: string[]): Promise<void> {
  if (packages.length === 0) return;
  const apt = (...args: string[]) => {
    const command = [...root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", ...args];
    return execa(command[0] as string, command.slice(1), { stdin: "ignore" });
  };
  // The time-out waits for another apt, as the one that runs daily.
  const once = () => apt("-o", "DPkg::Lock::Timeout=300", "install", "-y", "--no-install-recommends", ...packages);
  await once().catch(async () => {
    await apt("update");
    await once();
  });
}
