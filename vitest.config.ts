import { join } from "node:path";
import { configDefaults, defineConfig } from "vitest/config";
import { LongFirst } from "./test/long-first.ts";

const minute = 60_000;
/** What is in a long form alone: `npm run test:deep`, `npm run test:matrix`. */
const long = ["deep", "matrix"]
  .filter((form) => process.env[`KVMNET_${form.toUpperCase()}`] !== "1")
  .map((form) => `**/*.${form}.test.ts`);

export default defineConfig({
  test: {
    projects: [
      {
        // Programs import the package by its name, as users do.
        resolve: {
          alias: [
            { find: /^pulumi-kvmnet$/, replacement: join(import.meta.dirname, "sdk/index.ts") },
            { find: /^pulumi-kvmnet\/testing$/, replacement: join(import.meta.dirname, "sdk/testing/index.ts") },
          ],
        },
        test: {
          name: "pure",
          include: ["test/unit/**/*.test.ts", "test/golden/**/*.test.ts"],
          isolate: false,
          testTimeout: minute,
        },
      },
      {
        test: {
          name: "hosts",
          include: ["contract", "faults", "lab", "matrix", "model", "scenarios"].map(
            (room) => `test/${room}/**/*.test.ts`,
          ),
          exclude: [...configDefaults.exclude, ...long],
          globalSetup: ["test/lab/setup.ts"],
          testTimeout: 10 * minute,
          hookTimeout: 15 * minute,
          pool: "forks",
          // Walks of the fault machine beside each other: with more, they would wait for the processor.
          ...(process.env.KVMNET_DEEP === "1" && { maxConcurrency: 2 }),
          // An engine lives for two seconds: collecting garbage is a third of what it does, and it has little.
          env: { GOGC: "off", GOMEMLIMIT: "512MiB" },
        },
      },
    ],
    maxWorkers: 4,
    sequence: { sequencer: LongFirst },
  },
});
