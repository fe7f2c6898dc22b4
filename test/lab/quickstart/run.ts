/**
 * `npm run quickstart`: a throwaway hypervisor host, six resources on it by a real preview and a real up, and proof
 * from outside the host that packets flow, before and after a reboot.
 *
 * Arguments: none; `--destroy` takes everything away again; anything else goes to the engine, for example
 * `npm run quickstart -- preview --diff`. `KVMNET_HOST=user@host KVMNET_DOMAIN=vm` uses a machine of your own, and a domain on it, instead of the
 * lab.
 */
import { argv, env, exit } from "node:process";
import { say } from "../progress.ts";
import { labSite } from "./lab-site.ts";
import { ownSite } from "./own-site.ts";
import { page } from "./page.ts";
import type { Site } from "./site.ts";
import { openStack } from "./stack.ts";

const args = argv.slice(2);
const site: Site = env.KVMNET_HOST ? ownSite(env.KVMNET_HOST) : await labSite();
const stack = await openStack(site);

/** Runs the engine and shows all that it prints. @throws if it fails. */
async function show(...command: string[]): Promise<void> {
  say(`pulumi ${command.join(" ")}`);
  const { stdout, stderr, exitCode } = await stack.run(command);
  process.stdout.write(`${stdout}${stderr}\n`);
  if (exitCode !== 0) throw new Error(`pulumi ${command[0]} ended with ${exitCode}`);
}

try {
  if (args.includes("--destroy")) {
    await show("destroy");
    await site.end();
  } else if (args.length) {
    await show(...args);
  } else {
    await site.prepare();
    await show("preview", "--diff", "--show-full-output");
    await show("up");
    await site.prove("now");
    if (site.reboot) {
      await site.reboot();
      await site.prove("after a reboot");
    }
    process.stdout.write(page(site, await stack.outputs()));
  }
} catch (error) {
  process.stderr.write(`\n✗ ${error instanceof Error ? error.message : String(error)}\n`);
  exit(1);
} finally {
  await stack.dispose();
}
exit(0);
