/** Names are the users': whatever stands in one, the owner that a host tells of is the resource's own. */
import { expect, test } from "vitest";
import { resourceOf } from "../../../provider/doctor/picture/registry.ts";
import { describeOwner, parseOwner, titleOf } from "../../../provider/model/owner.ts";

const type = "pulumi-nodejs:dynamic/kvmnet:PortForward";

test.each([
  ["web", type],
  ["web:80", type],
  ["web::80:tcp", type],
  ["::", type],
  ["web", `acme:Lab$${type}`],
  ["web::80", `acme:Lab$${type}`],
])("%s of %s", (name, types) => {
  const urn = `urn:pulumi:prod::lab::${types}::${name}`;
  expect(parseOwner(urn)).toEqual({ stack: "prod", project: "lab", type: "PortForward", name });
  expect(describeOwner(urn)).toBe(`stack lab/prod (PortForward "${name}")`);
  const registered = { key: "link br0", kind: "link", name: "br0", text: [], owner: urn };
  expect(resourceOf(registered)).toBe(`PortForward "${name}"`);
});

test.each(["", "web", "urn:pulumi:prod::lab", "urn:pulumi:::::::", "a::b:c"])(
  "%j is no URN, and shown whole",
  (text) => {
    expect(titleOf(parseOwner(text))).toBe(text);
    expect(describeOwner(text)).toBe(text);
  },
);

test("what several share is of no single resource", () => {
  expect(resourceOf({ key: "sysctl x", kind: "sysctl", name: "x", text: [] })).toBe("several resources");
});
