import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runtime } from "../../../provider/host/runtime.ts";

/** A domain's definition, in which its MAC address tells which of the two it is. */
const definition = (mac: string) =>
  `<domain>\n  <devices>\n    <interface type='bridge'>\n      <mac address='${mac}'/>\n    </interface>\n  </devices>\n</domain>\n`;
const [live, stored] = [definition("live"), definition("stored")];
const mark = "kvmnet-id";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "kvmnet-domain-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** What a look says when virsh answers so, and when it is asked alone for the state. */
function look({ answer, alone = "" }: { answer: string; alone?: string }) {
  const virsh = `virsh() { shift 3; case $1 in dominfo\\ *) printf '%s' "$ANSWER" ;; *) printf '%s' "$ALONE" >&2; return 1 ;; esac; }`;
  const script = `${runtime().text}\n${virsh}\nKV_W=$DIR KV_ID=id KVD_URI=qemu:///system KVD_DOMAIN=web
kvd_look; echo "$?/$KVD_STATE/$KVD_STORED/$KVD_SAID"; kvd_look; echo "$?"`;
  const env = { PATH: process.env.PATH, DIR: dir, ANSWER: answer, ALONE: alone };
  const [said, again] = execFileSync("sh", { input: script, env, encoding: "utf8" }).split("\n");
  const text = (name: string) => readFileSync(join(dir, `domain.${name}`), "utf8");
  return { said, again, live: text("live"), stored: text("stored"), error: text("err") };
}
const info = (state: string, persistent = "yes") => `State:          ${state}\nPersistent:     ${persistent}\n`;

describe("a look at a domain", () => {
  test.each([
    ["running", "yes", "0/running/yes/running", live, stored],
    ["paused", "yes", "0/running/yes/paused", live, stored],
    ["shut off", "yes", "0/stopped/yes/shut off", "", stored],
    ["running", "no", "0/running//running", live, ""],
  ])("that is %s (stored: %s)", (state, persistent, said, ...definitions) => {
    const answer = `${info(state, persistent)}${mark}${live}${mark}${stored}`;
    const seen = look({ answer });
    expect(seen).toMatchObject({ said, again: "0", error: "" });
    expect([seen.live, seen.stored]).toEqual(definitions);
  });

  test.each([
    ["the definition in use", `${info("running")}${mark}${mark}${stored}`],
    ["the stored one", `${info("running")}${mark}${live}${mark}`],
    ["the end of it", `${info("running")}${mark}${live}${mark}${stored.slice(0, -4)}`],
    ["the state", `${mark}${live}${mark}${stored}`],
    ["everything", ""],
  ])("fails without %s, and says so", (_, answer) => {
    expect(look({ answer })).toMatchObject({ said: "1///", again: "1", error: "libvirt did not answer in full\n" });
    expect(look({ answer, alone: "error: Domain not found\n" })).toMatchObject({ error: "error: Domain not found\n" });
  });
});

test("a domain's name is one word to virsh, whatever is in it", () => {
  const names = fc.array(
    fc.string({ unit: "grapheme", maxLength: 20 }).map((name) => name.replaceAll("\0", "")),
    {
      minLength: 20,
      maxLength: 20,
    },
  );
  const script = `${runtime().text}\nfor name; do kvd_quote "$name"; eval "printf '%s\\0' $KVD_QUOTED"; done`;
  fc.assert(
    fc.property(names, (all) => {
      const out = execFileSync("sh", ["-s", "--", ...all], { input: script, encoding: "utf8" });
      expect(out.split("\0").slice(0, -1)).toEqual(all);
    }),
    { numRuns: 20 },
  );
});
