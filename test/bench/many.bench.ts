/** Whether one forward more costs the same among ten as among ten thousand. */
import { Testbed } from "../lab/testbed.ts";
import { loginBytes } from "./change/login.ts";
import { Meter } from "./change/meter.ts";
import { type Cost, type Costs, costOf, costs, medians, type Phase } from "./change/phases.ts";
import { forwards } from "./change/programs.ts";
import type { Benchmark } from "./figure.ts";
import { ours } from "./packets/ways.ts";

const FEW = 10;
const MANY = 10_000;
const ROUNDS = 3;

/** So many forwards made at once, and then one beside them. */
interface Among {
  load: Cost;
  one: Costs;
}

const benchmark: Benchmark = {
  title: `One forward among ${MANY}`,
  async *measure(note) {
    const testbed = await Testbed.start("hv1");
    try {
      const meter = await Meter.start(testbed);
      const config = { "kvmnet:host": "slow" };
      const others = ours(await testbed.stack("", { config, project: "others" }));
      const stack = await testbed.stack("", { config, project: "one" });
      const among = async (count: number): Promise<Among> => {
        note(`among ${count}`);
        const load = await costOf(meter, () => others.lead(count));
        const rounds = [];
        for (let round = 0; round < ROUNDS; round++) rounds.push(await costs(stack, forwards(1), 1, meter));
        return { load, one: medians(rounds) };
      };
      const few = await among(FEW);
      await others.end();
      const many = await among(MANY);
      const login = await loginBytes(testbed, meter);
      const made = { name: `${FEW} at once`, value: few.load.hostMs };
      yield { name: `${MANY} at once: processor time of the host`, value: many.load.hostMs, unit: "ms", peer: made };
      const each = (many.load.bytesUp - few.load.bytesUp) / (MANY - FEW);
      yield { name: `${MANY} at once: sent for each`, value: each, unit: "bytes", most: 2_000 };
      for (const phase of ["up", "one changed", "refresh", "destroy"] as const satisfies Phase[]) {
        const beside = (key: keyof Cost, by = 1) => ({
          value: many.one[phase][key] / by,
          peer: { name: `among ${FEW}`, value: few.one[phase][key] / by },
          // A refresh is about everything, and lists it.
          ...(phase !== "refresh" && { mostRatio: 1.3 }),
        });
        yield { name: `${phase}: processor time of the host`, unit: "ms", ...beside("hostMs") };
        yield { name: `${phase}: sent`, unit: "kB", ...beside("bytesUp", 1000) };
      }
      const own = many.one["one changed"].bytesUp - login;
      yield { name: "one changed: sent beyond SSH's login", value: own, unit: "bytes", most: 2_000 };
      meter.stop();
    } finally {
      await testbed.stop();
    }
  },
};
export default benchmark;
