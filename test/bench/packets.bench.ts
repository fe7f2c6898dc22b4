/** What a forward's packets take on their way, with few forwards and with many. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { QuickHost } from "../lab/quick/index.ts";
import { network, succeeded, Testbed } from "../lab/testbed.ts";
import type { Benchmark } from "./figure.ts";
import { FIRST, GUEST, iptablesRules, nftRules, ours, type Way } from "./packets/ways.ts";

const COUNTS = [1, 100, 10_000];
const ROUNDS = 9;
const FLOWS = 4_000;

/** A host with its number of forwards, and the ways to have them. */
interface Place {
  host: QuickHost;
  count: number;
  ways: Way[];
}

const benchmark: Benchmark = {
  title: "Packet path: the first datagram of a new flow, there and back",
  async *measure(note) {
    const testbed = await Testbed.start(...COUNTS.map((count) => `hv${count}`));
    try {
      const places: Place[] = [];
      for (const [index, count] of COUNTS.entries()) {
        const [host] = testbed.hosts.slice(index);
        if (host) places.push(await place(testbed, host, count));
      }
      const mine: number[] = [];
      const others: number[][] = [[], []];
      for (const [index, took] of [mine, ...others].entries()) {
        for (const { ways, count } of places) await ways[index]?.lead(count);
        note(places[0]?.ways[index]?.name ?? "");
        took.push(...(await newFlows(places)));
        for (const { ways } of places) await ways[index]?.end();
      }
      for (const [index, count] of COUNTS.entries()) {
        const value = mine[index] ?? 0;
        const named = { name: count === 1 ? "1 forward" : `${count} forwards`, value, unit: "µs" };
        for (const [other, took] of others.entries()) {
          yield { ...named, peer: { name: places[0]?.ways[other + 1]?.name ?? "", value: took[index] ?? 0 } };
        }
        if (count > 1) yield { ...named, peer: { name: "ours with 1", value: mine[0] ?? 0 }, mostRatio: 1.1 };
      }
    } finally {
      await testbed.stop();
    }
  },
};
export default benchmark;

/** A network with a guest that answers at the last port, which is the last rule's. */
async function place(testbed: Testbed, host: QuickHost, count: number): Promise<Place> {
  const config = { "kvmnet:host": host.name };
  succeeded(await (await testbed.stack(network(), { config })).up());
  const guest = await host.guest({ name: "web", bridge: "br0" });
  await guest.static(`${GUEST}/24`, "10.10.10.1");
  await guest.answer("udp", FIRST + count - 1);
  const stack = await testbed.stack("", { config, project: "bench" });
  return { host, count, ways: [ours(stack), nftRules(host), iptablesRules(host)] };
}

/**
 * For each place the time of a new flow, in microseconds: of rounds that take turns the least, since whatever else runs on the
 * machine only adds to it.
 */
async function newFlows(places: readonly Place[]): Promise<number[]> {
  const input = await readFile(join(import.meta.dirname, "packets", "flows.pl"), "utf8");
  const took = places.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, { host, count }] of places.entries()) {
      const command = `perl - ${host.uplink.ipv4.address} ${FIRST + count - 1} ${FLOWS}`;
      const { stdout } = await host.outside.exec(command, { input });
      took[index]?.push((Number(stdout) / FLOWS) * 1e6);
      // The kernel has room for so many flows only.
      await host.exec("conntrack -F");
    }
  }
  return took.map((rounds) => Math.min(...rounds));
}
