import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EncodeError, encodeRequest } from "../../../provider/plan/encode.ts";
import { installOrder, parseKey, planChange } from "../../../provider/plan/plan.ts";
import { parseReport, ReportError } from "../../../provider/plan/report.ts";
import type { Member } from "../../../provider/plan/request.ts";
import { linesOf, textOf } from "../../../provider/plan/text.ts";

const member = (owner: string, key: string, text: string): Member => ({
  owner,
  nonce: "n",
  adopt: false,
  change: { put: [key], drop: [], touch: [] },
  texts: { [key]: text },
  expects: [],
  reads: [],
});
const line = fc.string({ unit: "binary" }).map((text) => text.replace(/[\n\0]/g, "·"));

describe("a request", () => {
  test("carries any text, and no text is ever a control line", () => {
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const request = encodeRequest("id", "tx", [member("urn:x", "file /etc/x", textOf(lines))]);
        const controls = request.split("\n").filter((each) => each.startsWith(">"));
        expect(controls).toEqual([">tx id", ">member 0", ">owner urn:x", ">nonce n", ">put file /etc/x", ">end id"]);
        const content = request.split("\n").filter((each) => each.startsWith("|"));
        expect(content.map((each) => each.slice(1))).toEqual(lines);
      }),
    );
  });

  test("with a control character in a name is refused, and so are NUL and a last line without its newline", () => {
    expect(() => encodeRequest("id", "tx", [member("a\nb", "file /x", "")])).toThrow(EncodeError);
    expect(() => encodeRequest("id", "tx", [member("a", "file /x\n>drop file /y", "")])).toThrow(EncodeError);
    expect(() => encodeRequest("id", "tx", [member("a", "file /x", "\0\n")])).toThrow(EncodeError);
    expect(() => encodeRequest("id", "tx", [member("a", "file /x", "cut")])).toThrow(/no newline/);
    expect(() => encodeRequest("../id", "tx", [])).toThrow(EncodeError);
  });
});

describe("a report", () => {
  test("of any noise is read or refused, and never hangs or crashes", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ">tx id",
        ">end id",
        ">member 0 ok",
        ">member 1 failed unmet",
        ">object link br0",
        ">about expect 3",
      ),
      fc.constantFrom(
        ">read 9999",
        ">host x",
        "|content",
        ">note \u001b[2J",
        ">live x",
        ">member 99999999999 ok",
        ">fact uplink",
      ),
      line,
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        try {
          const report = parseReport(pieces.join("\n"), 1);
          expect(report.members.length).toBeGreaterThanOrEqual(1);
        } catch (error) {
          expect(error).toBeInstanceOf(ReportError);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test("says what each member's objects are, behind noise of start-up files", () => {
    const text =
      "motd\n>tx id\n>host m\n>member 0 ok\n>object link br0\n|type bridge\n|up\n>member 1 failed unmet\n>about expect 2\n|why\n>end id\n";
    const { members, hostId } = parseReport(text, 3);
    expect(hostId).toBe("m");
    expect(members[0]).toMatchObject({ ok: true, objects: { "link br0": "type bridge\nup\n" } });
    expect(members[1]).toMatchObject({ ok: false, code: "unmet", about: { expect: 2 }, detail: "why" });
    expect(members[2]).toMatchObject({ ok: false, detail: "the host does not say" });
  });

  test("says what others read, by the words of the read", () => {
    const text =
      ">query id\n>member 0 ok\n>object link br0\n|up\n>live leases\t/var/lib/x.leases\n|1 aa\n|2 \u001bbb\n>live addresses\n>end id\n";
    expect(parseReport(text).members[0]).toMatchObject({
      objects: { "link br0": "up\n" },
      live: { "leases\t/var/lib/x.leases": "1 aa\n2 \\x1bbb", addresses: "" },
    });
  });

  test("shows no control character of the host's to the terminal", () => {
    const text = ">tx id\n>member 0 failed apply-failed\n>about link br0\n|\u001b[31mred\u0007\n>end id\n";
    expect(parseReport(text).members[0]).toMatchObject({ detail: "\\x1b[31mred\\x07" });
  });
});

describe("a plan", () => {
  test("changes by what differs, in the order of installation, and back for what goes", () => {
    const before = { "link a": "up\n", "file /a": "1\n", "unit a.service": "active\n" };
    const after = { "unit a.service": "active\n", "file /a": "2\n", "link b": "up\n" };
    expect(planChange(before, after)).toEqual({
      put: ["file /a", "link b"],
      drop: ["link a"],
      touch: ["unit a.service"],
    });
    expect(planChange(after, after)).toEqual({ put: [], drop: [], touch: [] });
    expect(installOrder(["nic x", "unit u", "notify n", "link l", "file /f"])).toEqual([
      "file /f",
      "link l",
      "notify n",
      "unit u",
      "nic x",
    ]);
  });

  test("knows its kinds, and names with blanks", () => {
    expect(parseKey("shared unit kvmnet-nft.service")).toEqual({
      shared: true,
      kind: "unit",
      name: "kvmnet-nft.service",
    });
    expect(parseKey("nic qemu:///system my vm 52:54:00:00:00:01").name).toBe("qemu:///system my vm 52:54:00:00:00:01");
    expect(() => parseKey("quux x")).toThrow(TypeError);
  });

  test("has texts of whole lines", () => {
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        expect(linesOf(textOf(lines))).toEqual(lines);
      }),
    );
  });
});
