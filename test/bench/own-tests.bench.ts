/** What `npm test` takes, and what its set-up adds the first time on a machine that has nothing of it. */
import type { Benchmark } from "./figure.ts";
import { Clone } from "./own/clone.ts";

/** A file that needs nothing but what is set up for all. */
const LEAST = "test/lab/cache.test.ts";

const benchmark: Benchmark = {
  title: "npm test: its own time",
  async *measure(note) {
    const clone = await Clone.make();
    try {
      note("set-up: dependencies, engine and image are fetched or built");
      const first = await clone.npm("own", "test", "--", LEAST);
      const second = await clone.npm("own", "test", "--", LEAST);
      note("all tests");
      const warm = await clone.npm("machine", "test");
      const setUp = first - second;
      yield { name: "npm test, what all tests need and the first run sets up", value: setUp, unit: "s" };
      yield { name: "npm test, warm", value: warm, unit: "s", most: 25 * 60 };
      yield { name: "npm test, cold: both", value: warm + setUp, unit: "s", most: 40 * 60 };
    } finally {
      await clone.remove();
    }
  },
};
export default benchmark;
