#!/usr/bin/env node
/** `npx kvmnet COMMAND`: one file a command. */
import { parseArgs } from "node:util";
import { type Command, UsageError } from "./command.ts";
import { sudoers } from "./sudoers.ts";

const commands: readonly Command[] = [sudoers];

const usage = `usage:\n${commands.map(({ synopsis, purpose }) => `  npx kvmnet ${synopsis}\n      ${purpose}`).join("\n")}\n`;

/** Runs a command line; the exit code is 2 when it was not understood. */
async function main(args: string[]): Promise<number> {
  const [name = "", ...rest] = args;
  if (["", "help", "--help", "-h"].includes(name)) {
    (name === "" ? process.stderr : process.stdout).write(usage);
    return name === "" ? 2 : 0;
  }
  try {
    const command = commands.find((known) => known.name === name);
    if (!command) throw new UsageError(`unknown command: ${JSON.stringify(name)}`);
    const { values, positionals } = parse(command, rest);
    if (!values.help) process.stdout.write(await command.run(positionals));
    else process.stdout.write(usage);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`kvmnet: ${error.message}\n${usage}`);
    return 2;
  }
}

function parse({ synopsis }: Command, args: string[]) {
  try {
    const options = { help: { type: "boolean", short: "h" } } as const;
    return parseArgs({ args, allowPositionals: true, options });
  } catch (error) {
    throw new UsageError(`${synopsis}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

process.exitCode = await main(process.argv.slice(2));
