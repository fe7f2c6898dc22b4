/** The Pulumi engine the lab runs: the user's own, the vendor's from npm, or one built from Go modules. */
import { say } from "../progress.ts";
import { fromGo } from "./from-go.ts";
import { fromNpm } from "./from-npm.ts";
import { fromPath } from "./from-path.ts";

/** A `pulumi` that can run Node programs and dynamic resources. */
export interface Engine {
  /** Path of the `pulumi` executable. */
  pulumi: string;
  /** Directory to put on PATH: `pulumi` and beside it `pulumi-language-nodejs` and `pulumi-resource-pulumi-nodejs`. */
  binDir: string;
  /** For example "3.259.0". */
  version: string;
  origin: "PATH" | "npm" | "built";
}

let found: Promise<Engine> | undefined;

/**
 * Finds the engine, building it if there is none; says which it took. Built ones are cached, so a second call, in this
 * process or another, is quick. `KVMNET_ENGINE` set to `PATH`, `npm` or `built` leaves the other two out.
 * @throws when none can be had, with what is missing for each.
 */
export function findEngine(): Promise<Engine> {
  found ??= find();
  return found;
}

async function find(): Promise<Engine> {
  const only = process.env.KVMNET_ENGINE;
  const missing: string[] = [];
  for (const [origin, look] of [
    ["PATH", fromPath],
    ["npm", fromNpm],
    ["built", fromGo],
  ] as const) {
    if (only && only !== origin) continue;
    try {
      const engine = await look();
      say(`Pulumi engine ${engine.version}, origin: ${engine.origin}, ${engine.pulumi}`);
      return engine;
    } catch (error) {
      missing.push(`${origin}: ${(error as Error).message}`);
    }
  }
  throw new Error(`there is no Pulumi engine to be had:\n  ${missing.join("\n  ")}`);
}
