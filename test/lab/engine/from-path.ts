/** A Pulumi CLI that the user installed. */
import { accessSync, constants, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { execa } from "execa";
import type { Engine } from "./index.ts";

/** Oldest engine the lab works with: `pulumi import --file` with outputs came with it. */
const OLDEST = [3, 254, 0];

/**
 * The first `pulumi` on PATH.
 * @throws if there is none, if it is older than 3.254, or if it has no Node language host beside it.
 */
export async function fromPath(): Promise<Engine> {
  const pulumi = which("pulumi");
  if (!pulumi) throw new Error("no pulumi on PATH");
  const version = await versionOf(pulumi);
  if (!atLeast(version, OLDEST))
    throw new Error(`${pulumi} is ${version}, ${OLDEST.join(".")} is the oldest that will do`);
  // The engine looks beside its real executable, then on PATH.
  const binDir = dirname(realpathSync(pulumi));
  if (!isProgram(join(binDir, "pulumi-language-nodejs")) && !which("pulumi-language-nodejs")) {
    throw new Error(`${pulumi} has no pulumi-language-nodejs beside it or on PATH`);
  }
  return { pulumi, binDir, version, origin: "PATH" };
}

/** What `pulumi version` prints, without the "v". */
export async function versionOf(pulumi: string): Promise<string> {
  const { stdout } = await execa(pulumi, ["version"], { env: { PULUMI_SKIP_UPDATE_CHECK: "true" }, timeout: 30_000 });
  return stdout.trim().replace(/^v/, "");
}

/** The first executable of that name on PATH, or undefined. */
export function which(name: string): string | undefined {
  const dirs = (process.env.PATH ?? "").split(delimiter).filter((dir) => dir !== "");
  return dirs.map((dir) => join(dir, name)).find(isProgram);
}

/** Whether a dotted version is `least` or newer; pre-release suffixes are left out of account. */
export function atLeast(version: string, least: readonly number[]): boolean {
  const parts = version.split(/[.+-]/).slice(0, 3).map(Number);
  for (const [index, want] of least.entries()) {
    const have = parts[index] ?? 0;
    if (have !== want) return have > want;
  }
  return true;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
