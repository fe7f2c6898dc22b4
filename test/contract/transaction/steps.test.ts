import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Member } from "../../../provider/plan/request.ts";
import { bridge, dnsmasqInstance, natNetwork, portForward } from "../../../provider/resources/index.ts";
import { type Difference, differences, QuickHost, type Snapshot } from "../../lab/quick/index.ts";
import { creations, type How, install, recover, removal, run } from "./request.ts";

/** `npm test` kills at each eighth step; with KVMNET_ALL_FAULTS=1 at each. */
const STRIDE = process.env.KVMNET_ALL_FAULTS === "1" ? 1 : 8;
const timeout = (8 / STRIDE) * 10 * 60_000;

let host: QuickHost;
let puts: Member[];
let drops: Member[];
/** The host with none, the first, the first two … of the members on it. */
const stages: Snapshot[] = [];

beforeAll(async () => {
  host = await QuickHost.start({ name: "steps" });
  puts = await creations([
    [bridge, "br0", { name: "br0", addresses: ["10.70.0.1/24"] }],
    [natNetwork, "br0", { bridge: "br0", ipv4Cidr: "10.70.0.0/24" }],
    [portForward, "br0", { network: "br0", target: "10.70.0.9", ports: ["9000-9003"] }],
    [dnsmasqInstance, "br0", { bridge: "br0", ipv4Cidr: "10.70.0.0/24", gateway: "10.70.0.1" }],
  ]);
  drops = puts.toReversed().map(removal);
  await install(host);
  stages.push(await host.snapshot());
  for (const member of puts) {
    await run(host, [member]);
    stages.push(await host.snapshot());
  }
  await run(host, drops);
});
afterAll(() => host?.stop());

/** Has the host run a request, killed at a step or not at all; whether it came to its end. */
async function ends(request: readonly Member[], how: How = {}): Promise<boolean> {
  const report = await run(host, request, how);
  expect(report).not.toMatch(/^>member \d+ failed/m);
  return /^>end /m.test(report);
}

/**
 * What is not as in the snapshot. Notes about directories depend on the history, and so does the directory of a network's
 * forwards, which goes with the last of them.
 */
function unlike(wanted: Snapshot, now: Snapshot): Difference[] {
  return differences(wanted, now).filter(
    ({ key }) => !/^file:\/(var\/lib\/kvmnet\/(dirs|.*:sha256$)|etc\/kvmnet\/nft\/[^/]+\.d$)/.test(key),
  );
}

/** How many members are on the host. @throws with what differs from the nearest, when it is no whole number. */
async function whole(): Promise<number> {
  for (let tries = 0; ; tries++) {
    const now = await host.snapshot();
    const unlikes = stages.map((stage) => unlike(stage, now));
    const index = unlikes.findIndex((difference) => difference.length === 0);
    if (index >= 0) return index;
    // systemd-networkd takes its time with a link that it has been given back.
    if (tries === 4) expect(unlikes.toSorted((a, b) => a.length - b.length)[0]).toEqual([]);
    await sleep(500);
  }
}

test.each([
  ["create", () => puts, () => drops],
  ["delete", () => drops, () => puts],
])(
  "a %s killed at any step leaves each member as before or as after, and the next one completes it",
  { timeout },
  async (_, wanted, back) => {
    if (wanted() === drops) await run(host, puts);
    let points = 0;
    for (let step = 1; ; step += STRIDE) {
      const ended = await ends(wanted(), { killAt: step });
      await recover(host, puts[0] as Member);
      await whole();
      expect(await ends(wanted())).toBe(true);
      const after = wanted() === puts ? stages.at(-1) : stages[0];
      expect(unlike(after ?? {}, await host.snapshot())).toEqual([]);
      await run(host, back());
      if (ended) break;
      points++;
    }
    if (wanted() === drops) await run(host, drops);
    console.log(`${points} kills, ${points} survived`);
    expect(points).toBeGreaterThan(3);
  },
);
