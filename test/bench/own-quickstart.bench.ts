/** What the quick start takes: the first time on a machine that has nothing of it, and the next times. */
import type { Benchmark } from "./figure.ts";
import { Clone } from "./own/clone.ts";

const benchmark: Benchmark = {
  title: "The quick start's own time",
  async *measure(note) {
    const clone = await Clone.make();
    try {
      note("cold: dependencies, engine and image are fetched or built");
      const cold = await clone.npm("own", "run", "quickstart");
      try {
        note("again, on the host that stands");
        const again = await clone.npm("own", "run", "quickstart");
        await clone.npm("own", "run", "quickstart", "--", "--destroy");
        note("warm: another host");
        const warm = await clone.npm("own", "run", "quickstart");
        const peer = { name: "warm", value: warm };
        yield { name: "npm run quickstart, cold", value: cold, unit: "s", peer };
        yield { name: "npm run quickstart, warm", value: warm, unit: "s" };
        yield { name: "npm run quickstart on a host that stands", value: again, unit: "s", peer };
      } finally {
        await clone.npm("own", "run", "quickstart", "--", "--destroy");
      }
    } finally {
      await clone.remove();
    }
  },
};
export default benchmark;
