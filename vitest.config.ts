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
          include: ["contract", "faults", "lab", "model", "scenarios"].map((room) => `test/${room}/**/*.test.ts`),
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
