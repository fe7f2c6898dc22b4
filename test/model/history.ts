import fc from "fast-check";

/** What may happen, and how often in a hundred. */
const weights = {
  ...{ create: 26, update: 20, replace: 5, delete: 18 },
  ...{ "lose a rule": 4, "lose an element": 4, "lose a file": 4, "lose an address": 4, "change an mtu": 3 },
  ...{ flush: 3, "reload nftables": 4, "reload networkd": 3, reboot: 2 },
} as const;
export type Happening = keyof typeof weights;

/** One step; the numbers choose among what is possible by then. */
export interface Step {
  readonly happening: Happening;
  readonly which: number;
  readonly value: number;
}

/** A sequence that is always the same for the same seed. */
export function history(seed: number, length: number): Step[] {
  const happening = fc.oneof(
    ...Object.entries(weights).map(([name, weight]) => ({ weight, arbitrary: fc.constant(name as Happening) })),
  );
  const step = fc.record({ happening, which: fc.nat(1000), value: fc.nat(1000) });
  const [steps] = fc.sample(fc.array(step, { minLength: length, maxLength: length, size: "max" }), {
    seed,
    numRuns: 1,
  });
  return steps ?? [];
}
