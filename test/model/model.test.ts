import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { Provider } from "../faults/provider.ts";
import { QuickHost } from "../lab/quick/index.ts";
import { reaches } from "./connect.ts";
import { history } from "./history.ts";
import { expected, observed } from "./observe.ts";
import { Play } from "./play.ts";

const DEEP = process.env.KVMNET_DEEP === "1";
const STEPS = Number(process.env.KVMNET_STEPS ?? (DEEP ? 2000 : 200));
const SEED = Number(process.env.KVMNET_SEED ?? Math.floor(Math.random() * 2 ** 31));

let host: QuickHost;
let provider: Provider;

beforeAll(async () => {
  host = await QuickHost.start({ name: "modelled" });
  provider = new Provider("modelled", host.sshConfig);
});
afterAll(async () => {
  await provider?.kill();
  await host?.stop();
});

/** Others finish after us: networkd, dnsmasq and whoever restores tables, within five seconds. */
const agrees = (play: Play) =>
  vi.waitFor(async () => expect(await observed(host)).toEqual(expected(play.world)), { timeout: 5_000, interval: 150 });

test(`after each of ${STEPS} steps the host holds what the model says`, {
  timeout: DEEP ? 2 * 60 * 60_000 : 10 * 60_000,
}, async () => {
  const play = new Play(host, provider);
  await play.begin();
  const told: string[] = [];
  const counts: Record<string, number> = {};
  try {
    // What nothing can be done to at the time is no step.
    for (const step of history(SEED, STEPS * 2)) {
      if (told.length === STEPS) break;
      told.push(`${step.happening}, number ${step.which}`);
      const did = await play.step(step);
      told.pop();
      if (!did) continue;
      told.push(did);
      await agrees(play);
      counts[step.happening] = (counts[step.happening] ?? 0) + 1;
      if (told.length % 25 === 0) await reaches(host, play.world);
      if (told.length % 200 === 0) console.log(`${told.length} of ${STEPS} steps`);
    }
    await play.clear();
    await agrees(play);
  } catch (error) {
    console.log(
      `replay: KVMNET_SEED=${SEED} KVMNET_STEPS=${STEPS} npm run test:model\nlast: ${told.slice(-8).join("; ")}`,
    );
    throw error;
  }
  console.log(`seed ${SEED}: ${told.length} operations, ${JSON.stringify(counts)}`);
  expect(told).toHaveLength(STEPS);
});
