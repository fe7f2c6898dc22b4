import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { planFor } from "../../provider/lifecycle/planner.ts";
import { validate } from "../../provider/lifecycle/validate.ts";
import type { Found, ResourceDefinition } from "../../provider/model/resource.ts";
import * as resources from "../../provider/resources/index.ts";

/** A case is a folder, `plans/RESOURCE/BACKEND/WHAT DIFFERS`, of `args.json` and the `plan.txt` that comes of it. */
const plans = join(import.meta.dirname, "plans");
const cases = globSync("*/*/*/args.json", { cwd: plans }).sort().map(dirname);
const definitions: Record<string, ResourceDefinition> = Object.fromEntries(
  Object.values(resources).map((definition) => [definition.type, definition as ResourceDefinition]),
);

test.each(cases)("%s", async (name) => {
  const [type = "", backend] = name.split("/");
  const definition = definitions[type];
  if (!definition) throw new Error(`there is no resource ${type}`);
  const { found, ...given } = JSON.parse(readFileSync(join(plans, name, "args.json"), "utf8"));
  const validated = validate(definition, given);
  expect(validated.mistakes ?? []).toEqual([]);
  const all: Found = { backend, ...found };
  const context = { name: "br0", urn: "urn:pulumi:prod::lab::kvmnet::br0", found: all, hostName: "hv1" };
  const args = definition.complete(validated.args ?? {}, context);
  expect(definition.mistakes(args, context)).toEqual([]);
  const { plan } = planFor(definition, args, all);
  const text = Object.entries(plan).map(([key, value]) => `== ${key}\n${value}`);
  await expect(text.join("\n")).toMatchFileSnapshot(join(plans, name, "plan.txt"));
});

test("every resource and backend has cases", () => {
  expect(Object.keys(definitions).filter((type) => !cases.some((name) => name.startsWith(`${type}/`)))).toEqual([]);
  for (const backend of ["networkd", "systemd", "ifupdown", "networkmanager", "nftables", "dnsmasq", "libvirt"]) {
    expect(cases.filter((name) => name.split("/")[1] === backend).length, backend).toBeGreaterThan(1);
  }
});
