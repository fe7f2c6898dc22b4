import { afterAll, describe, test } from "vitest";
import { type Case, cases, type Wanted } from "../faults/cases.ts";
import { quickTarget } from "../faults/quick-target.ts";
import { SURVIVES, Tally } from "../faults/tally.ts";
import { kinds } from "./kinds.ts";

const hours = 60 * 60_000;

/** Points of each case on each kind of host. */
const all = new Tally(Number(process.env.KVMNET_FAULTS ?? 6));
afterAll(() => console.log(String(all)));

/** The fault machine on every kind of host, beside the firewalls that it has. */
describe.each(kinds)("$title", (kind) => {
  for (const one of cases.filter(({ everywhere }) => everywhere)) {
    test(`whatever breaks at whatever point of ${one.type} ${one.name}: ${SURVIVES}`, { timeout: 2 * hours }, () => {
      const beside = besideFirewalls(one, kind.coexist ?? []);
      return all.walk(beside, () => quickTarget(beside, kind));
    });
  }
});

/** The case on a host whose firewalls are its kind's, not the case's own: networks are let through by those. */
function besideFirewalls({ own: _, ...one }: Case, coexist: readonly string[]): Case {
  const letThrough = <T extends Wanted>(wanted: T): T =>
    wanted.type === "NatNetwork" ? { ...wanted, args: { ...wanted.args, coexist } } : wanted;
  const { coexist: __, ...update } = one.update;
  return { ...letThrough(one), update, on: one.on.map(letThrough) };
}
