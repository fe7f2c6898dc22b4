import { expect, test } from "vitest";
import { Standing } from "../../../provider/host/standing.ts";
import type { Query } from "../../../provider/plan/encode.ts";
import type { MemberReport } from "../../../provider/plan/report.ts";

const stack = "urn:pulumi:prod::lab::";
const read = (name: string, more: Partial<Query> = {}): Query => ({
  ...{ stack, observe: [{ key: `file /etc/${name}`, text: `${name}\n` }], reads: [["addresses"]] },
  ...more,
});
const report = (objects: Record<string, string>, readings: string[] = []): MemberReport => ({
  ...{ ok: true, hostId: "id", objects, readings, notes: [] },
});

/** What it knows after two reads, with a third object that stands and one of which the host says nothing. */
function seen(): Standing {
  const standing = new Standing();
  const asked = [read("a"), read("b")];
  standing.note(report({ "file /etc/c": "c\n" }));
  for (const query of asked) standing.noteReadings(query, report({}, ["1: lo"]));
  return standing;
}

test("a read of what was seen to stand needs no request", () => {
  const answer = seen().answer(read("c"));
  expect(answer).toMatchObject({ ok: true, hostId: "id", objects: { "file /etc/c": "c\n" }, readings: ["1: lo"] });
});

test.each([
  ["what did not stand", read("a")],
  ["what is wanted otherwise", read("c", { observe: [{ key: "file /etc/c", text: "d\n" }] })],
  ["what only in part stood", read("c", { observe: [...read("c").observe, ...read("a").observe] })],
  ["a value that was not read", read("c", { reads: [["blockers"]] })],
])("%s is asked for", (_, query) => {
  expect(seen().answer(query)).toBeUndefined();
});

test("who waits for something to change is never answered from before", () => {
  const { stack: _, ...polling } = read("c");
  expect(seen().answer(polling)).toBeUndefined();
});

test("a value that another's owner reads needs no request when the host has said it", () => {
  const standing = new Standing();
  standing.note({
    ...report({ "file /etc/c": "c\n" }),
    live: { "leases\t/var/lib/misc/c.leases": "none" },
  } as MemberReport);
  const query = read("c", { reads: [["leases", "/var/lib/misc/c.leases"]] });
  expect(standing.answer(query)).toMatchObject({ readings: ["none"] });
  expect(standing.answer({ ...query, reads: [["leases", "/var/lib/misc/d.leases"]] })).toBeUndefined();
});

test("a change makes it forget", () => {
  const standing = seen();
  standing.forget();
  expect(standing.answer(read("c"))).toBeUndefined();
  expect(standing.worthAsking([read("a"), read("b")])).toEqual({ observe: [], reads: [], standing: stack });
});

test("one read alone asks for nothing besides, nor does anyone who asks again at once", () => {
  expect(new Standing().worthAsking([read("a")])).toBeUndefined();
  expect(seen().worthAsking([read("a"), read("b")])).toBeUndefined();
});

test("a host that failed to say it is asked one by one", () => {
  const standing = new Standing();
  const failed: MemberReport = { ok: false, hostId: "id", code: "busy", detail: "", notes: [] };
  standing.note(failed);
  standing.noteReadings(read("a"), report({}, [""]));
  expect(standing.answer(read("c"))).toBeUndefined();
});

test("a value that a later query read serves those after it", () => {
  const standing = seen();
  const query = read("c", { reads: [["blockers"]] });
  standing.noteReadings({ ...query, observe: [] }, report({}, ["none"]));
  expect(standing.answer(query)).toMatchObject({ readings: ["none"] });
});
