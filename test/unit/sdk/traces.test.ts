/** Making a resource takes no stack traces, and a user does not notice. */
import * as pulumi from "@pulumi/pulumi";
import * as kvmnet from "pulumi-kvmnet";
import { mocks } from "pulumi-kvmnet/testing";
import { expect, test, vi } from "vitest";

await pulumi.runtime.setMocks(mocks({ hosts: { hv1: {} } }), "lab", "prod");

/** Somebody else's. */
class Other extends pulumi.CustomResource {}

/** How many of the SDK's promises noted where they were made, while `make` ran. */
function traced(make: () => unknown): number {
  let count = 0;
  const { defineProperty } = Object;
  const spy = vi.spyOn(Object, "defineProperty").mockImplementation((object, key, descriptor) => {
    if (key === "_debugStackTrace" && /^\s+at /m.test(String(descriptor.value))) count++;
    return defineProperty(object, key, descriptor);
  });
  make();
  spy.mockRestore();
  return count;
}

test("none of the promises of its properties has one, and what is made next does", () => {
  expect(traced(() => new kvmnet.Bridge("br0", { host: "hv1" }))).toBeLessThan(10);
  expect(traced(() => new Other("a:b:C", "other", { one: 1, two: 2 }))).toBeGreaterThan(8);
});

test("with PULUMI_DEBUG_PROMISE_LEAKS they have", () => {
  vi.stubEnv("PULUMI_DEBUG_PROMISE_LEAKS", "1");
  expect(traced(() => new kvmnet.Bridge("br1", { host: "hv1" }))).toBeGreaterThan(40);
  vi.unstubAllEnvs();
});

/** What the SDK throws at a resource without a name. */
function thrown(): Error {
  try {
    new kvmnet.Bridge("", { host: "hv1" });
  } catch (error) {
    return error as Error;
  }
  throw new Error("a resource without a name was made");
}

test("an error says where in the program it was", () => {
  const { stackTraceLimit } = Error;
  expect(thrown().stack).toMatch(/Missing resource name[\s\S]*traces\.test\.ts/);
  expect(Error.stackTraceLimit).toBe(stackTraceLimit);
});

test("with PULUMI_DEBUG_PROMISE_LEAKS it says where in the SDK, too", () => {
  vi.stubEnv("PULUMI_DEBUG_PROMISE_LEAKS", "1");
  expect(thrown().stack).toMatch(/Missing resource name[\s\S]*new Resource[\s\S]*traces\.test\.ts/);
  vi.unstubAllEnvs();
});
