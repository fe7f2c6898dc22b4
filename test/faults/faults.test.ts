import { afterAll, expect, test } from "vitest";
import type { ResourceDefinition } from "../../provider/model/resource.ts";
import * as resources from "../../provider/resources/index.ts";
import { type Case, cases } from "./cases.ts";
import { machineTarget } from "./machine-target.ts";
import { quickTarget } from "./quick-target.ts";
import type { Target } from "./target.ts";
import { Walk } from "./walk.ts";

const DEEP = process.env.KVMNET_DEEP === "1";
/** Points of each resource: `npm test` has a fixed share of what `npm run test:deep` has. */
const POINTS = Number(process.env.KVMNET_FAULTS ?? (DEEP ? 90 : 12));
const hours = 60 * 60_000;

/** What was tried and what of it was lost, in all cases together. */
const all = { points: 0, lost: 0 };
afterAll(() => console.log(`${all.points} fault points, ${all.points - all.lost} survived`));

/** Walks one case; says what was tried and throws if anything was lost. */
async function walk(one: Case, start: (one: Case) => Promise<Target>): Promise<void> {
  const began = Date.now();
  const walked = new Walk(() => start(one), one);
  await walked.run(POINTS);
  all.points += walked.points;
  all.lost += walked.losses.length;
  console.log(`${one.type} ${one.name}: ${walked.points} fault points in ${Math.round((Date.now() - began) / 1000)} s`);
  expect(walked.losses.map(({ point, why }) => `${point}: ${why}`)).toEqual([]);
  // One here and there is not come to in each run.
  if (!process.env.KVMNET_FAULTS_AGAIN) expect(walked.points).toBeGreaterThan(POINTS / 2);
}

test("every registered resource has a case", () => {
  const types = Object.values<unknown>(resources).map((definition) => (definition as ResourceDefinition).type);
  expect(types.filter((type) => !cases.some((one) => one.type === type))).toEqual([]);
});

const survives = "the host is as before or as after, the error says why, and the next run completes it";

for (const one of cases) {
  const title = `whatever breaks at whatever point of ${one.type} ${one.name}: ${survives}`;
  test.skipIf((one.machine || one.deep) && !DEEP)(title, { timeout: 2 * hours }, () =>
    walk(one, one.machine ? machineTarget : quickTarget),
  );
}
