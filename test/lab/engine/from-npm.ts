/** The vendor's own CLI, through the npm package `pulumi`, which runs the vendor's install script. */
import { lookup } from "node:dns/promises";
import { join } from "node:path";
import { execa } from "execa";
import { buildOnce } from "../cache.ts";
import { type Note, step } from "../progress.ts";
import { versionOf } from "./from-path.ts";
import type { Engine } from "./index.ts";

const VERSION = "3.265.0";

/** Where the install script and the archives come from. */
const DOWNLOADS = "get.pulumi.com";

/**
 * Fetches the vendor's CLI into the cache.
 * @throws if the vendor's download site does not answer within 3 s, or the installation takes over 5 minutes or fails.
 */
export async function fromNpm(): Promise<Engine> {
  const root = await buildOnce(`engine/npm-pulumi-${VERSION}`, install);
  const binDir = join(root, "versions", VERSION, "bin");
  const pulumi = join(binDir, "pulumi");
  return { pulumi, binDir, version: await versionOf(pulumi), origin: "npm" };
}

async function install(dir: string): Promise<void> {
  // Behind a firewall the vendor's script would hang for minutes.
  await answers(3_000);
  await step(`Pulumi CLI ${VERSION} by the npm package`, (note) => fetchInto(dir, note));
}

async function fetchInto(dir: string, note: Note): Promise<void> {
  note(`npm package pulumi ${VERSION}`);
  const npm = ["install", "--prefix", dir, "--no-save", "--no-audit", "--no-fund", `pulumi@${VERSION}`];
  await execa("npm", npm, { timeout: 60_000 });
  note(`${VERSION} from ${DOWNLOADS}`);
  // The package installs below PULUMI_HOME at its first run.
  const env = { PULUMI_HOME: dir, PULUMI_SKIP_UPDATE_CHECK: "true" };
  await execa(join(dir, "node_modules", ".bin", "pulumi"), ["version"], { env, timeout: 300_000 });
}

async function answers(milliseconds: number): Promise<void> {
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error("no answer to a DNS query")), milliseconds).unref();
  });
  try {
    await Promise.race([lookup(DOWNLOADS), late]);
    await fetch(`https://${DOWNLOADS}/`, { method: "HEAD", signal: AbortSignal.timeout(milliseconds) });
  } catch {
    throw new Error(`${DOWNLOADS} cannot be reached`);
  }
}
