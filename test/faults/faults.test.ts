import { afterAll, expect, test } from "vitest";
import type { ResourceDefinition } from "../../provider/model/resource.ts";
import * as resources from "../../provider/resources/index.ts";
import { cases } from "./cases.ts";
import { machineTarget } from "./machine-target.ts";
import { quickTarget } from "./quick-target.ts";
import { SURVIVES, Tally } from "./tally.ts";

const DEEP = process.env.KVMNET_DEEP === "1";
const hours = 60 * 60_000;

/** Points of each resource: `npm test` has a fixed share of what `npm run test:deep` has. */
const all = new Tally(Number(process.env.KVMNET_FAULTS ?? (DEEP ? 90 : 12)));
afterAll(() => console.log(String(all)));

test("every registered resource has a case", () => {
  const types = Object.values<unknown>(resources).map((definition) => (definition as ResourceDefinition).type);
  expect(types.filter((type) => !cases.some((one) => one.type === type))).toEqual([]);
});

for (const one of cases) {
  const title = `whatever breaks at whatever point of ${one.type} ${one.name}: ${SURVIVES}`;
  test.skipIf((one.machine || one.deep) && !DEEP)(title, { timeout: 4 * hours, concurrent: DEEP }, () =>
    all.walk(one, () => (one.machine ? machineTarget(one) : quickTarget(one))),
  );
}
