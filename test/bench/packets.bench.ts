/** What a forward's packets take on their way, with few forwards and with many. */
import type { QuickHost } from "../lab/quick/index.ts";
import { network, succeeded, Testbed } from "../lab/testbed.ts";
import type { Benchmark, Measured } from "./figure.ts";
import { PINNED, serve, took } from "./packets/scripts.ts";
import { FIRST, GUEST, iptablesRules, nftRules, ours, type Way } from "./packets/ways.ts";

const COUNTS = [1, 100, 10_000];
/** Many short ones: each has a chance that nothing else runs meanwhile. */
const ROUNDS = 20;
const FLOWS = 2_000;
/** New flows that are on their way at a time, where it is their rate that is measured. */
const AT_ONCE = 64;

/** A host with its number of forwards, and the ways to have them. */
interface Place {
  host: QuickHost;
  count: number;
  ways: Way[];
}

/** What a new flow takes: when it is alone, in microseconds, and how many there are a second, when there are many at once. */
interface NewFlows {
  latency: number;
  rate: number;
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
      const [mine = [], ...others] = await eachWay(places, note);
      for (const [index, { count }] of places.entries()) {
        const named = count === 1 ? "1 forward" : `${count} forwards`;
        for (const [other, theirs] of others.entries()) {
          yield* beside(named, mine[index], { name: places[0]?.ways[other + 1]?.name ?? "", ...theirs[index] });
        }
        if (count > 1) yield* beside(named, mine[index], { name: "ours with 1", ...mine[0] }, 1.1);
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
  // Client and server share a processor: to wake another takes longer than the packet's way, and now twice as long as then.
  await serve(guest, "back", FIRST + count - 1, PINNED);
  const stack = await testbed.stack("", { config, project: "bench" });
  return { host, count, ways: [ours(stack), nftRules(host), iptablesRules(host)] };
}

/** For each way, what it takes at each place. */
async function eachWay(places: readonly Place[], note: (text: string) => void): Promise<NewFlows[][]> {
  const all: NewFlows[][] = [];
  for (const [index, { name }] of (places[0]?.ways ?? []).entries()) {
    for (const { ways, count } of places) await ways[index]?.lead(count);
    note(name);
    all.push(await newFlows(places));
    for (const { ways } of places) await ways[index]?.end();
  }
  return all;
}

/** Of rounds that take turns the best: whatever else runs on the machine only adds to it. */
async function newFlows(places: readonly Place[]): Promise<NewFlows[]> {
  const best = places.map((): NewFlows => ({ latency: Number.POSITIVE_INFINITY, rate: 0 }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, place] of places.entries()) {
      const { latency, rate } = best[index] as NewFlows;
      best[index] = {
        latency: Math.min(latency, ((await opened(place, 1)) / FLOWS) * 1e6),
        rate: Math.max(rate, FLOWS / (await opened(place, AT_ONCE))),
      };
    }
  }
  return best;
}

/** How long it takes to open the flows, in seconds. */
async function opened({ host, count }: Place, atOnce: number): Promise<number> {
  // The kernel has room for so many flows only, and the next ones must be new to it.
  await host.exec("conntrack -F");
  return await took(host.outside, "flows", [host.uplink.ipv4.address, FIRST + count - 1, FLOWS, atOnce], PINNED);
}

function* beside(
  name: string,
  own: NewFlows | undefined,
  peer: { name: string; latency?: number; rate?: number },
  factor?: number,
): Iterable<Measured> {
  const { latency = Number.NaN, rate = Number.NaN } = peer;
  yield {
    ...{ name: `${name}: a new flow`, value: own?.latency ?? Number.NaN, unit: "µs" },
    ...{ peer: { name: peer.name, value: latency }, ...(factor !== undefined && { mostRatio: factor }) },
  };
  yield {
    ...{ name: `${name}: new flows, ${AT_ONCE} at once`, value: own?.rate ?? Number.NaN, unit: "/s" },
    ...{ peer: { name: peer.name, value: rate }, ...(factor !== undefined && { leastRatio: 1 / factor }) },
  };
}
