/** Every way to break a host, those that lead to a check that another one leads to already too. */
import { afterAll, beforeAll, describe, test } from "vitest";
import { ours, short, sicknesses } from "./faults.ts";
import { Site } from "./site.ts";
import { suffers } from "./suffers.ts";

const others = (all: typeof sicknesses) => all.filter((one) => !short(all).includes(one));

let site: Site;
beforeAll(async () => {
  site = await Site.bare("patient2");
  await site.networks();
});
afterAll(() => site?.stop());

describe("on a host where one thing is wrong, the doctor names it and nothing else", () => {
  test.each(others(sicknesses).map((one) => [one.title, one] as const))("%s", (_, one) => suffers(site, one));
});
describe("of networks that the product made", () => {
  beforeAll(() => site.ours());
  test.each(others(ours).map((one) => [one.title, one] as const))("%s", (_, one) => suffers(site, one));
});
