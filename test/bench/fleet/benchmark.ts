import { makeRoom } from "../../lab/quick/inotify.ts";
import { succeeded, Testbed } from "../../lab/testbed.ts";
import { watched } from "../change/memory.ts";
import { nothing, type Program } from "../change/programs.ts";
import type { Benchmark } from "../figure.ts";
import { withOneDead } from "./dead.ts";
import { EACH, fleet } from "./program.ts";

/** One program for so many hosts, beside the same for one host, and with one of them dead. */
export function fleetOf(count: number): Benchmark {
  return {
    title: `Fleet: ${count} hosts of ${EACH} resources each, in one up`,
    async *measure(note) {
      const putBack = await makeRoom(count);
      note(`starting ${count} hosts`);
      let testbed: Testbed | undefined;
      try {
        testbed = await Testbed.start(...Array.from({ length: count }, (_, n) => `hv${n + 1}`));
        // In the middle of the program: those before it and those after it are its neighbours.
        const middle = testbed.hosts[count >> 1];
        const mortal = "mortal";
        const proxy = await testbed.proxy(mortal, 0, middle);
        const names = testbed.hosts.map((host) => (host === middle ? mortal : host.name));
        const stack = await testbed.stack("", { program: nothing(EACH)(0), project: "fleet" });
        const up = async (what: string, made: Program) => {
          note(what);
          await stack.write(made(0));
          const took = await watched(stack);
          return { ...took, s: took.run.durationMs / 1000 };
        };
        const down = async () => void succeeded(await stack.destroy());
        const floorOfOne = await up("the floor of one host", nothing(EACH));
        await down();
        const one = await up("one host", fleet(names.slice(0, 1)));
        await down();
        const floorOfAll = await up("the floor of all", nothing(EACH * count));
        await down();
        const before = await processorMs(testbed);
        const all = await up("all hosts", fleet(names));
        const hostMs = (await processorMs(testbed)) - before;
        const floor = { name: "the floor", value: floorOfAll.s };
        yield { name: "up of one host", value: one.s, unit: "s", peer: { name: "the floor", value: floorOfOne.s } };
        yield { name: `up of ${count} hosts`, value: all.s, unit: "s", peer: floor };
        const peer = { name: "one host", value: one.s };
        yield { name: `up of ${count} hosts`, value: all.s, unit: "s", peer, mostRatio: 1.5 };
        yield { name: `processor time of ${count} hosts`, value: hostMs / 1000, unit: "s" };
        const alone = { name: "with one host", value: one.mb };
        yield { name: "memory of the provider's process, at most", value: all.mb, unit: "MB", peer: alone };
        const further = (all.mb - one.mb) / (count - 1);
        yield { name: "memory of the provider's process, each further host", value: further, unit: "MB", most: 4 };
        note("no changes");
        const noOp = succeeded(await stack.up("--expect-no-changes"));
        yield { name: "no-op", value: noOp.durationMs / 1000, unit: "s" };
        note("refresh");
        const refresh = succeeded(await stack.refresh("--expect-no-changes"));
        yield { name: "refresh", value: refresh.durationMs / 1000, unit: "s" };
        const others = names.filter((name) => name !== mortal);
        const die = () => proxy.blackhole();
        const revive = () => proxy.accept();
        yield* withOneDead({ stack, program: fleet(names), others, die, revive }, all.run, note);
      } finally {
        await testbed?.stop();
        await putBack();
      }
    },
  };
}

async function processorMs({ hosts }: Testbed): Promise<number> {
  const each = await Promise.all(hosts.map((host) => host.processorMs()));
  return each.reduce((sum, ms) => sum + ms, 0);
}
