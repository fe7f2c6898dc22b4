import { join } from "node:path";
import { Stack } from "../stack.ts";
import type { Site } from "./site.ts";

const program = join(import.meta.dirname, "..", "..", "..", "examples", "quickstart");

/** The quick start's stack, kept from one run to the next; the program is the example as it is now. */
export function openStack(site: Site): Promise<Stack> {
  return Stack.create({
    program,
    keepIn: site.keepIn,
    stack: "quickstart",
    config: { "kvmnet:host": site.host, ...site.config },
    env: site.env,
  });
}
