import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { findEngine } from "../lab/engine/index.ts";
import { checkout } from "../lab/engine/project.ts";
import { environment } from "../lab/stack.ts";

/** Runs the `pulumi` on PATH in the checkout and returns all it printed. @throws with that, if it fails. */
type Pulumi = (...args: string[]) => Promise<string>;

/**
 * The repository's root as a project, as a user has it who cloned it: a stack of their own with its configuration beside
 * Pulumi.yaml, which goes with the stack in the end. `body` leaves nothing in the stack.
 */
export async function atRoot(
  config: Record<string, string>,
  env: Record<string, string>,
  body: (pulumi: Pulumi) => Promise<void>,
): Promise<void> {
  const state = await mkdtemp(join(tmpdir(), "kvmnet-root-"));
  const stack = `test-${process.pid}`;
  const all = { ...environment(await findEngine(), `file://${state}`), ...env, PULUMI_STACK: stack };
  const pulumi: Pulumi = async (...args) =>
    (await execa("pulumi", ["--non-interactive", ...args], { cwd: checkout, env: all, extendEnv: false, all: true }))
      .all;
  try {
    await pulumi("stack", "init", stack);
    for (const [key, value] of Object.entries(config)) await pulumi("config", "set", key, value);
    await body(pulumi);
    await pulumi("stack", "rm", "--yes");
  } finally {
    await rm(join(checkout, `Pulumi.${stack}.yaml`), { force: true });
    await rm(state, { recursive: true, force: true });
  }
}
