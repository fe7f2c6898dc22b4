/** What a host's boot takes with ten thousand forwards, beside ten, and beside a host that has nothing of ours. */
import type { QuickHost } from "../lab/quick/index.ts";
import { network, succeeded, Testbed } from "../lab/testbed.ts";
import { type Benchmark, median } from "./figure.ts";
import { ours } from "./packets/ways.ts";

const MANY = 10_000;
const FEW = 10;
const ROUNDS = 3;
const UNIT = "kvmnet-nft.service";

/** One boot; times in milliseconds. */
interface Boot {
  /** From systemd's start until it has started everything. */
  whole: number;
  /** Of the host's processes, the end of the boot before included. */
  processor: number;
  /** From the start of our unit until all tables are loaded, and what they take of a processor. */
  restore: number;
  restoreProcessor: number;
}

const benchmark: Benchmark = {
  title: `Reboot: a host with ${MANY} forwards`,
  async *measure(note) {
    const testbed = await Testbed.start("hv1");
    try {
      const { host } = testbed;
      note("nothing of ours");
      const none = await boots(host);
      succeeded(await (await testbed.stack(network())).up());
      const forwards = ours(await testbed.stack("", { project: "many" }));
      note(`${FEW} forwards`);
      await forwards.lead(FEW);
      const few = await boots(host);
      note(`${MANY} forwards`);
      await forwards.lead(MANY);
      const many = await boots(host);
      for (const [what, boot] of [
        [`${FEW} forwards`, few],
        [`${MANY} forwards`, many],
      ] as const) {
        const beside = (key: keyof Boot) => ({ value: boot[key], peer: { name: "nothing of ours", value: none[key] } });
        yield { name: `${what}: whole boot`, unit: "ms", ...beside("whole") };
        yield { name: `${what}: processor time of a reboot`, unit: "ms", ...beside("processor") };
      }
      const beside = (key: keyof Boot) => ({ value: many[key], peer: { name: `${FEW} forwards`, value: few[key] } });
      yield { name: `${MANY} forwards: until their tables are loaded`, unit: "ms", ...beside("restore") };
      yield { name: `${MANY} forwards: processor time of that`, unit: "ms", ...beside("restoreProcessor") };
      yield { name: `${MANY} forwards: not there after the boot`, value: MANY - (await elements(host)), most: 0 };
    } finally {
      await testbed.stop();
    }
  },
};
export default benchmark;

/** Of several boots the median of each value, by itself. */
async function boots(host: QuickHost): Promise<Boot> {
  const rounds: Boot[] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await boot(host));
  const of = (key: keyof Boot) => median(rounds.map((one) => one[key]));
  return {
    ...{ whole: of("whole"), processor: of("processor") },
    ...{ restore: of("restore"), restoreProcessor: of("restoreProcessor") },
  };
}

async function boot(host: QuickHost): Promise<Boot> {
  const before = await host.processorMs();
  await host.reboot();
  const processor = (await host.processorMs()) - before;
  const whole = await times(host, "", "UserspaceTimestampMonotonic", "FinishTimestampMonotonic");
  const restore = await times(host, UNIT, "InactiveExitTimestampMonotonic", "ActiveEnterTimestampMonotonic");
  return { whole, processor, restore, restoreProcessor: await spent(host) };
}

/** Between two of the times that systemd keeps, of itself or of a unit: org.freedesktop.systemd1(5). 0 of a unit that is not there. */
async function times(host: QuickHost, unit: string, from: string, to: string): Promise<number> {
  const { stdout } = await host.exec(`systemctl show -p ${from} -p ${to} ${unit}`);
  const at = (name: string) => Number(new RegExp(`^${name}=(\\d+)$`, "m").exec(stdout)?.[1] ?? 0) / 1000;
  return at(to) - at(from);
}

/** What the unit has taken of a processor since the boot, loading included: it goes on listening, which takes nothing. */
async function spent(host: QuickHost): Promise<number> {
  const { stdout } = await host.exec(`cat /sys/fs/cgroup/system.slice/${UNIT}/cpu.stat 2> /dev/null || :`);
  return Number(/^usage_usec (\d+)$/m.exec(stdout)?.[1] ?? 0) / 1000;
}

/** Ports that the network's table leads to guests. */
async function elements(host: QuickHost): Promise<number> {
  const { stdout } = await host.exec("nft list map inet kvmnet_br0 any4 | grep -o 'udp \\. ' | wc -l");
  return Number(stdout);
}
