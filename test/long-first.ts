import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * What takes minutes, in an order in which virtual machines, processor time and waiting are beside each other. Begun last,
 * one of them would keep the others waiting.
 */
const LONG = [
  "scenarios/quickstart",
  "scenarios/faults",
  "scenarios/dead-host",
  "scenarios/silent",
  "faults/faults",
  "scenarios/bad-input",
  "contract/confirm",
  "scenarios/lifecycle",
  "scenarios/vm-faults",
  "model/model",
  "scenarios/crowded",
  "scenarios/interrupted",
  "contract/transaction/steps",
  "scenarios/uplink",
  "contract/hostile/hostile",
  "contract/doctor/doctor",
].map((name) => `/test/${name}.test.ts`);

/** Has vitest begin with the files that take long. */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const place = LONG.findIndex((name) => moduleId.endsWith(name));
      return place < 0 ? LONG.length : place;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}
