/** `npm run lab -- up NAME [--suite SUITE] | down NAME | ssh NAME [COMMAND] | list` */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Suite } from "./image/image.ts";
import { step } from "./progress.ts";
import { LabHost } from "./qemu/host.ts";

const USAGE = `usage:
  npm run lab -- up NAME [--suite bookworm|trixie] [--tcp PORT …] [--fresh]   start a host that stays
  npm run lab -- down NAME                                                    end it; nothing of it is left
  npm run lab -- ssh NAME [COMMAND …]                                         log in as root, or run a command
  npm run lab -- list                                                         running hosts`;

interface Flags {
  suite?: string;
  tcp?: string[];
  fresh?: boolean;
}

const commands: Record<string, (args: string[], flags: Flags) => Promise<number>> = {
  async up([name = ""], { suite = "bookworm", tcp, fresh = false }) {
    if (suite !== "bookworm" && suite !== "trixie") throw new Error(`no such suite: ${suite}`);
    const ports = tcp ? { tcp: tcp.map(Number) } : {};
    const host = await step(`host ${name}`, () =>
      LabHost.start({ name, suite: suite satisfies Suite, fresh, outlive: true, ...ports }),
    );
    console.log(`# ${host.sshConfig}\n${readFileSync(host.sshConfig, "utf8").trim()}`);
    return 0;
  },
  async down([name = ""]) {
    await (await LabHost.attach(name)).stop();
    return 0;
  },
  async ssh([name = "", ...command]) {
    const host = await LabHost.attach(name);
    const { status } = spawnSync("ssh", ["-F", host.sshConfig, name, ...command], { stdio: "inherit" });
    return status ?? 255;
  },
  async list() {
    for (const name of await LabHost.list()) {
      const host = await LabHost.attach(name).catch(() => undefined);
      console.log(host ? `${name}\t${host.suite}\tssh -F ${host.sshConfig} ${name}` : `${name}\tstarting`);
    }
    return 0;
  },
};

async function main(): Promise<number> {
  const options = { suite: { type: "string" }, tcp: { type: "string", multiple: true }, fresh: { type: "boolean" } };
  const argv = process.argv.slice(2);
  // What follows `ssh NAME` belongs to the remote command, dashes too.
  const rest = argv[0] === "ssh" ? argv.splice(2) : [];
  const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options: options as never });
  const [verb = "", ...args] = positionals;
  const command = commands[verb];
  if (!command || (verb !== "list" && !args[0])) throw new Error(USAGE);
  return command([...args, ...rest], values as Flags);
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  },
);
