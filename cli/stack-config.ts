import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { StackConfig } from "../provider/host/resolve.ts";
import { escapeControls } from "../provider/plan/text.ts";

/** The configuration, or why it could not be had. */
export interface Configured {
  readonly config: StackConfig;
  readonly notice?: string;
}

/**
 * The configuration of the stack that is selected in the project around a directory, for `kvmnet:hosts`; secrets are in
 * clear. Empty outside a project, and where no stack is selected. Where `pulumi` cannot read it, with a notice: the host
 * may be known to SSH all the same.
 */
export async function stackConfig(directory: string): Promise<Configured> {
  if (!inProject(directory)) return { config: {} };
  const args = ["config", "--json", "--show-secrets", "--non-interactive"];
  try {
    const { stdout } = await promisify(execFile)("pulumi", args, { cwd: directory, timeout: 30_000 });
    const values = Object.entries(JSON.parse(stdout) as Record<string, { value?: unknown }>);
    const texts = values.flatMap(([key, { value }]) => (typeof value === "string" ? [[key, value]] : []));
    return { config: Object.fromEntries(texts) };
  } catch (error) {
    const { code, stderr = "" } = error as { code?: unknown; stderr?: string };
    if (code === "ENOENT" || /no stack selected/.test(stderr)) return { config: {} };
    const words = escapeControls(stderr.trim().split("\n")[0] ?? "");
    return { config: {}, notice: `kvmnet: the stack's configuration cannot be read (${words}); going by SSH's alone` };
  }
}

function inProject(directory: string): boolean {
  if (["yaml", "yml", "json"].some((end) => existsSync(join(directory, `Pulumi.${end}`)))) return true;
  const parent = dirname(directory);
  return parent !== directory && inProject(parent);
}
