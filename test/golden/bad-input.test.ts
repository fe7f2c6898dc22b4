/** Bad input that needs no real host to be refused: each case, by the provider in this process, as users' own unit tests have it. */
import { stripTypeScriptTypes } from "node:module";
import * as pulumi from "@pulumi/pulumi";
import * as kvmnet from "pulumi-kvmnet";
import { mocks } from "pulumi-kvmnet/testing";
import { expect, test } from "vitest";
import { badInputs } from "./bad-input/cases.ts";

const cases = Object.entries(badInputs).filter(([, { atUp, ofRealHost }]) => !atUp && !ofRealHost);

test.each(cases)("%s is refused", async (_, { program, says }) => {
  const host = mocks({ hosts: { hv1: { uplink: "eth0", address: "198.51.100.2/24" } } });
  await pulumi.runtime.setMocks(host, "lab", "prod");
  pulumi.runtime.setAllConfig({ "kvmnet:host": "hv1" });
  new Function("kvmnet", "pulumi", stripTypeScriptTypes(program))(kvmnet, pulumi);
  const refusal = await host.resource("Bridge", "of no program").catch((error: Error) => error.message);
  expect(String(refusal).replace(/^\w+ "[^"]*": /, "")).toBe(says);
});
