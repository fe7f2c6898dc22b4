/** The doctor on a host that is broken in one way after the other. `every.deep.test.ts` has more ways for the same checks. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ours, short, sicknesses } from "./faults.ts";
import { Site } from "./site.ts";
import { shown, suffers } from "./suffers.ts";

let site: Site;
beforeAll(async () => {
  site = await Site.bare("patient");
  await site.networks();
});
afterAll(() => site?.stop());

test("the host that is broken below is in order", async () => {
  expect(shown(await site.complaints())).toBe("");
});
describe("on a host where one thing is wrong, the doctor names it and nothing else", () => {
  test.each(short(sicknesses).map((one) => [one.title, one] as const))("%s", (_, one) => suffers(site, one));
});
describe("of networks that the product made", () => {
  beforeAll(() => site.ours());
  test.each(short(ours).map((one) => [one.title, one] as const))("%s", (_, one) => suffers(site, one));
});
