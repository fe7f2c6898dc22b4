import { rm } from "node:fs/promises";
import { join } from "node:path";
import { cacheDir } from "../cache.ts";
import { Stack } from "../stack.ts";
import type { Site } from "./site.ts";

const program = join(import.meta.dirname, "..", "..", "..", "examples", "quickstart");

/** The quick start's stack, kept in the cache from one run to the next; the program is the example as it is now. */
export async function openStack(site: Site): Promise<Stack> {
  const keepIn = join(cacheDir(), "quickstart", site.host.replaceAll(/[^\w.-]/g, "_"));
  if (site.fresh) await rm(keepIn, { recursive: true, force: true });
  return Stack.create({
    program,
    keepIn,
    stack: "quickstart",
    config: { "kvmnet:host": site.host, ...site.config },
    env: site.env,
  });
}
