import { defineConfig } from "vitest/config";

const minute = 60_000;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "pure",
          include: ["test/unit/**/*.test.ts", "test/golden/**/*.test.ts"],
          testTimeout: minute,
        },
      },
      {
        test: {
          name: "hosts",
          include: ["test/contract/**/*.test.ts", "test/lab/**/*.test.ts", "test/scenarios/**/*.test.ts"],
          globalSetup: ["test/lab/setup.ts"],
          testTimeout: 10 * minute,
          hookTimeout: 15 * minute,
          pool: "forks",
        },
      },
    ],
    maxWorkers: 2,
  },
});
