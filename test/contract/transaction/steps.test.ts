import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Host } from "../../../provider/host/host.ts";
import { hostFor } from "../../../provider/host/pool.ts";
import { runtime } from "../../../provider/host/runtime.ts";
import { create } from "../../../provider/lifecycle/apply.ts";
import { check } from "../../../provider/lifecycle/check.ts";
import { Session } from "../../../provider/lifecycle/session.ts";
import type { Inputs } from "../../../provider/lifecycle/state.ts";
import type { ResourceDefinition } from "../../../provider/model/resource.ts";
import { encodeRequest } from "../../../provider/plan/encode.ts";
import { installOrder } from "../../../provider/plan/plan.ts";
import type { Member } from "../../../provider/plan/request.ts";
import { bridge, dnsmasqInstance, natNetwork, portForward } from "../../../provider/resources/index.ts";
import { type Difference, differences, QuickHost, type Snapshot } from "../../lab/quick/index.ts";

/** `npm test` kills at each tenth step; with KVMNET_ALL_FAULTS=1 at each. */
const STRIDE = process.env.KVMNET_ALL_FAULTS === "1" ? 1 : 10;
const timeout = (10 / STRIDE) * 10 * 60_000;
const file = `/run/kvmnet/runtime-${runtime().version}.sh`;

let host: QuickHost;
let puts: Member[];
let drops: Member[];
/** The host with none, the first, the first two … of the members on it. */
const stages: Snapshot[] = [];

beforeAll(async () => {
  host = await QuickHost.start({ name: "steps" });
  process.env.KVMNET_SSH_CONFIG = host.sshConfig;
  puts = await members();
  drops = puts.toReversed().map((member) => ({
    ...member,
    change: { put: [], drop: installOrder(member.change.put).toReversed(), touch: [] },
    texts: {},
    expects: [],
  }));
  await host.exec(`mkdir -p -m 0700 /run/kvmnet/tx && cat > ${file}`, { input: runtime().text });
  stages.push(await host.snapshot());
  for (const member of puts) {
    await run([member]);
    stages.push(await host.snapshot());
  }
  await run(drops);
});
afterAll(() => host?.stop());

/** What the lifecycle has a host do for a network with a forward and a dnsmasq. */
async function members(): Promise<Member[]> {
  const seen: Member[] = [];
  const listening = (real: Host): Host => ({
    ...real,
    name: real.name,
    counters: real.counters,
    facts: () => real.facts(),
    query: (query) => real.query(query),
    close: () => real.close(),
    async submit(member) {
      seen.push(member);
      return { ok: true, hostId: "steps", objects: {}, readings: [], notes: [] };
    },
  });
  const session = new Session((destination) => listening(hostFor(destination)));
  session.configure({ "kvmnet:host": "steps" });
  const wanted: [ResourceDefinition, object][] = [
    [bridge as ResourceDefinition, { name: "br0", addresses: ["10.70.0.1/24"] }],
    [natNetwork as ResourceDefinition, { bridge: "br0", ipv4Cidr: "10.70.0.0/24" }],
    [portForward as ResourceDefinition, { network: "br0", target: "10.70.0.9", ports: ["9000-9003"] }],
    [dnsmasqInstance as ResourceDefinition, { bridge: "br0", ipv4Cidr: "10.70.0.0/24", gateway: "10.70.0.1" }],
  ];
  for (const [definition, args] of wanted) {
    const self = `urn:pulumi:t::steps::pulumi-nodejs:dynamic/kvmnet:${definition.type}::br0`;
    const { inputs, failures } = await check(definition, undefined, { self, ...args }, session);
    expect(failures).toEqual([]);
    await create(definition, inputs as unknown as Inputs, session);
  }
  return seen;
}

/** Has the host run a request, killed at a step or not at all; whether it came to its end. */
async function run(request: readonly Member[], killAt = 0): Promise<boolean> {
  const id = randomUUID();
  const env = killAt ? `KVMNET_TEST_KILL=${killAt} ` : "";
  await host.exec(`${env}setsid --wait sh ${file} run ${id}`, {
    input: encodeRequest(id, "tx", request),
    mayFail: true,
  });
  const { stdout } = await host.exec(`cat /run/kvmnet/tx/${id}.report 2>/dev/null || true`);
  expect(stdout).not.toMatch(/^>member \d+ failed/m);
  return stdout.includes(`>end ${id}`);
}

/** Has the next request, whatever it is, put right what a killed one left. */
async function recover(): Promise<void> {
  const [first] = puts;
  if (first) await run([{ ...first, change: { put: [], drop: [], touch: [] }, texts: {}, expects: [] }]);
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
    if (wanted() === drops) await run(puts);
    let points = 0;
    for (let step = 1; ; step += STRIDE) {
      const ended = await run(wanted(), step);
      await recover();
      await whole();
      expect(await run(wanted())).toBe(true);
      const after = wanted() === puts ? stages.at(-1) : stages[0];
      expect(unlike(after ?? {}, await host.snapshot())).toEqual([]);
      await run(back());
      if (ended) break;
      points++;
    }
    if (wanted() === drops) await run(drops);
    console.log(`${points} kills, ${points} survived`);
    expect(points).toBeGreaterThan(3);
  },
);
