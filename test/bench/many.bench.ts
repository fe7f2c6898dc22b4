/** Whether one forward more costs the same among ten as among ten thousand. */
import { Testbed } from "../lab/testbed.ts";
import { Meter } from "./change/meter.ts";
import { type Cost, costs, medians, type Phase } from "./change/phases.ts";
import { forwards } from "./change/programs.ts";
import type { Benchmark } from "./figure.ts";
import { ours } from "./packets/ways.ts";

const FEW = 10;
const MANY = 10_000;
const ROUNDS = 3;

const benchmark: Benchmark = {
  title: `One forward among ${MANY}`,
  async *measure(note) {
    const testbed = await Testbed.start("hv1");
    try {
      const meter = await Meter.start(testbed);
      const others = ours(await testbed.stack("", { project: "others" }));
      const one = await testbed.stack("", { config: { "kvmnet:host": "slow" }, project: "one" });
      const among = async (count: number) => {
        note(`among ${count}`);
        await others.lead(count);
        const rounds = [];
        for (let round = 0; round < ROUNDS; round++) rounds.push(await costs(one, forwards(1), 1, meter));
        return medians(rounds);
      };
      const few = await among(FEW);
      const many = await among(MANY);
      for (const phase of ["up", "one changed", "refresh", "destroy"] as const satisfies Phase[]) {
        const beside = (key: keyof Cost, by = 1) => ({
          value: many[phase][key] / by,
          peer: { name: `among ${FEW}`, value: few[phase][key] / by },
          mostRatio: 1.3,
        });
        yield { name: `${phase}: processor time of the host`, unit: "ms", ...beside("hostMs") };
        yield { name: `${phase}: sent`, unit: "kB", ...beside("bytesUp", 1000) };
      }
      meter.stop();
    } finally {
      await testbed.stop();
    }
  },
};
export default benchmark;
