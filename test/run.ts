/**
 * `npm test`: static checks, then every suite. Arguments go to vitest's file filter: `npm test -- test/unit`. The last
 * line counts tests: `N passed, N failed, N skipped`.
 */
import { spawnSync } from "node:child_process";
import { startVitest } from "vitest/node";
import { step } from "./lab/progress.ts";

const filters = process.argv.slice(2);

await step("types, lint and import arrows (npm run check)", async () => {
  const { status, stdout, stderr } = spawnSync("npm", ["run", "--silent", "check"], { encoding: "utf8" });
  if (status !== 0) throw new Error(`npm run check failed\n${stdout}\n${stderr}`);
});

const vitest = await startVitest("test", filters, { watch: false, run: true, reporters: ["default"] });
const tests = vitest.state.getTestModules().flatMap((module) => [...module.children.allTests()]);
const count = (state: string) => tests.filter((test) => test.result().state === state).length;
const broken = vitest.state.getTestModules().filter((module) => module.errors().length > 0).length;
const failed = count("failed") + broken + vitest.state.getUnhandledErrors().length;
await vitest.close();

process.stdout.write(`\n${count("passed")} passed, ${failed} failed, ${count("skipped")} skipped\n`);
process.exit(failed === 0 && count("passed") > 0 ? 0 : 1);
