#!/usr/bin/env node
/** `npx kvmnet COMMAND`: one file a command. */
import { parseArgs } from "node:util";
import { adopt } from "./adopt.ts";
import { type Command, UsageError } from "./command.ts";
import { doctor } from "./doctor.ts";
import { review } from "./review.ts";
import { sudoers } from "./sudoers.ts";

const commands: readonly Command[] = [doctor, adopt, review, sudoers];

const usage = `usage:\n${commands.map(({ synopsis, purpose }) => `  npx kvmnet ${synopsis}\n      ${purpose}`).join("\n")}\n`;

/** A defect of ours (sysexits.h, EX_SOFTWARE): the codes of a command are to mean what they say. */
const defect = 70;

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
    if (values.help) {
      process.stdout.write(usage);
      return 0;
    }
    const { text, exitCode, notice } = await command.run(positionals, values);
    if (notice !== undefined) process.stderr.write(`${notice}\n`);
    process.stdout.write(text);
    return exitCode;
  } catch (error) {
    if (!(error instanceof UsageError)) {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      return defect;
    }
    process.stderr.write(`kvmnet: ${error.message}\n${usage}`);
    return 2;
  }
}

function parse({ synopsis, options: own }: Command, args: string[]) {
  try {
    const options = { ...own, help: { type: "boolean", short: "h" } } as const;
    return parseArgs({ args, allowPositionals: true, options });
  } catch (error) {
    throw new UsageError(`${synopsis}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

process.exitCode = await main(process.argv.slice(2));
