/**
 * `npm test`: static checks, then every suite; `npm run test:deep`: the long form of those suites that have no end;
 * `npm run test:matrix`: every kind of host. Other
 * arguments go to vitest's file filter, `-t` to its filter of titles: `npm test -- test/faults -t "of PortForward"`; `-u` writes
 * golden files anew.
 * The last line counts tests: `N passed, N failed, N skipped`.
 */
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { startVitest } from "vitest/node";
import { step } from "./lab/progress.ts";

const { values, positionals: asked } = parseArgs({
  options: {
    deep: { type: "boolean" },
    matrix: { type: "boolean" },
    update: { type: "boolean", short: "u" },
    testNamePattern: { type: "string", short: "t" },
  },
  allowPositionals: true,
});
const { deep, matrix, update, testNamePattern } = values;
// The long form of those tests that have one.
if (deep) {
  process.env.KVMNET_DEEP = "1";
  process.env.KVMNET_CASES ??= "100000";
  process.env.KVMNET_ALL_FAULTS ??= "1";
}
if (matrix) process.env.KVMNET_MATRIX = "1";
/** The files that have one. */
const longer = [
  "test/contract/transaction/steps",
  "test/faults",
  "test/model",
  "test/scenarios/bad-input",
  "test/scenarios/faults",
  "test/unit/fuzz",
  ".deep.test.",
];
const long = [...(deep ? longer : []), ...(matrix ? ["test/matrix"] : [])];
const filters = asked.length > 0 ? asked : long;

await step("types, lint and import arrows (npm run check)", async () => {
  const { status, stdout, stderr } = spawnSync("npm", ["run", "--silent", "check"], { encoding: "utf8" });
  if (status !== 0) throw new Error(`npm run check failed\n${stdout}\n${stderr}`);
});

const vitest = await startVitest("test", filters, {
  ...{ watch: false, run: true, reporters: ["default"] },
  ...(testNamePattern !== undefined && { testNamePattern }),
  ...(update && { update }),
});
const tests = vitest.state.getTestModules().flatMap((module) => [...module.children.allTests()]);
const count = (state: string) => tests.filter((test) => test.result().state === state).length;
const broken = vitest.state.getTestModules().filter((module) => module.errors().length > 0).length;
const failed = count("failed") + broken + vitest.state.getUnhandledErrors().length;
await vitest.close();

process.stdout.write(`\n${count("passed")} passed, ${failed} failed, ${count("skipped")} skipped\n`);
process.exit(failed === 0 && count("passed") > 0 ? 0 : 1);
