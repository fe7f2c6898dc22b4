/** One program for a whole fleet, beside the same for one host. */
import { makeRoom } from "../lab/quick/inotify.ts";
import { program, succeeded, Testbed } from "../lab/testbed.ts";
import { watched } from "./change/memory.ts";
import { nothing, type Program } from "./change/programs.ts";
import type { Benchmark } from "./figure.ts";

const HOSTS = 50;
const EACH = 20;

const benchmark: Benchmark = {
  title: `Fleet: ${HOSTS} hosts of ${EACH} resources each, in one up`,
  async *measure(note) {
    const putBack = await makeRoom(HOSTS);
    const names = Array.from({ length: HOSTS }, (_, n) => `hv${n + 1}`);
    note(`starting ${HOSTS} hosts`);
    let testbed: Testbed | undefined;
    try {
      testbed = await Testbed.start(...names);
      const stack = await testbed.stack("", { program: nothing(EACH)(0), project: "fleet" });
      const up = async (what: string, made: Program) => {
        note(what);
        await stack.write("index.ts", made(0)["index.ts"] ?? "");
        const took = await watched(stack);
        return { ...took, s: took.ms / 1000 };
      };
      const down = async () => void succeeded(await stack.destroy());
      const floorOfOne = await up("the floor of one host", nothing(EACH));
      await down();
      const one = await up("one host", fleet(names.slice(0, 1)));
      await down();
      const floorOfAll = await up("the floor of all", nothing(EACH * HOSTS));
      await down();
      const before = await processorMs(testbed);
      const all = await up("all hosts", fleet(names));
      const hostMs = (await processorMs(testbed)) - before;
      const floor = { name: "the floor", value: floorOfAll.s };
      yield { name: "up of one host", value: one.s, unit: "s", peer: { name: "the floor", value: floorOfOne.s } };
      yield { name: `up of ${HOSTS} hosts`, value: all.s, unit: "s", peer: floor };
      const peer = { name: "one host", value: one.s };
      yield { name: `up of ${HOSTS} hosts`, value: all.s, unit: "s", peer, mostRatio: 1.5 };
      yield { name: `processor time of ${HOSTS} hosts`, value: hostMs / 1000, unit: "s" };
      const alone = { name: "with one host", value: one.mb };
      yield { name: "memory of the provider's process, at most", value: all.mb, unit: "MB", peer: alone };
      note("no changes");
      const noOp = succeeded(await stack.up("--expect-no-changes"));
      yield { name: "no-op", value: noOp.durationMs / 1000, unit: "s" };
      note("refresh");
      const refresh = succeeded(await stack.refresh("--expect-no-changes"));
      yield { name: "refresh", value: refresh.durationMs / 1000, unit: "s" };
    } finally {
      await testbed?.stop();
      await putBack();
    }
  },
};
export default benchmark;

/** On each host a network with its guests' addresses and forwards. */
function fleet(hosts: readonly string[]): Program {
  return () =>
    program(`
for (const host of ${JSON.stringify(hosts)}) {
  const name = "br0";
  const bridge = new kvmnet.Bridge(\`\${host}-br0\`, { host, name, addresses: ["10.10.10.1/24"] });
  const network = new kvmnet.NatNetwork(\`\${host}-br0\`, { host, bridge });
  new kvmnet.DnsmasqInstance(\`\${host}-br0\`, { host, bridge, ranges: ["10.10.10.100-10.10.10.150"] });
  for (let n = 0; n < ${EACH - 3}; n++) {
    const ports = [{ port: 9000 + n, targetPort: 80 }];
    new kvmnet.PortForward(\`\${host}-f\${n}\`, { host, network, target: "10.10.10.10", ports });
  }
}`);
}

async function processorMs({ hosts }: Testbed): Promise<number> {
  const each = await Promise.all(hosts.map((host) => host.processorMs()));
  return each.reduce((sum, ms) => sum + ms, 0);
}
