import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { checks } from "../../../provider/doctor/checks/index.ts";
import { diagnosed, jsonText, plainText, unreached } from "../../../provider/doctor/diagnosis.ts";
import { lookProgram } from "../../../provider/host/look.ts";
import { findings, otherwise } from "./recorded.ts";

const finding = { check: "gateway", subject: "gateway 192.0.2.1", evidence: "seen" } as const;

test("the exit code is 1 for warnings and faults, and 0 for what is not known", () => {
  const code = (verdict: "ok" | "unknown" | "warning" | "fault") =>
    diagnosed("hv1", [{ ...finding, verdict }]).exitCode;
  expect([code("ok"), code("unknown"), code("warning"), code("fault"), unreached("hv1", "no").exitCode]).toEqual([
    0, 0, 1, 1, 2,
  ]);
});
test("people read what is in the way first, then what is ready", () => {
  const text = plainText(
    diagnosed("hv1", [
      { ...finding, verdict: "ok" },
      { ...finding, verdict: "fault", fix: "mend it" },
    ]),
  );
  expect(text).toBe(`hv1: 1 in the way or missing, 0 to look at, 1 ready

missing     gateway                gateway 192.0.2.1
    seen
    fix: mend it
ready       gateway                gateway 192.0.2.1: seen
`);
});
test("a host's words cannot reach the terminal as they are", () => {
  const evil = "\x1b[2J\u202egnp\n\rready";
  const network = Object.entries(otherwise({})).find(([key]) => key.startsWith("network "));
  const facts = otherwise({
    ...(network && { [network[0]]: network[1].map((line) => line.replace("<name>default", `<name>${evil}`)) }),
  });
  const diagnosis = diagnosed(evil, findings(facts, evil));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  expect(plainText(diagnosis)).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
  expect(plainText(unreached(evil, evil)).split("\n")).toHaveLength(2);
  expect(JSON.parse(jsonText(diagnosis)).host).toBe(evil);
});
test("every check is in docs/doctor.md, and no other", () => {
  const page = readFileSync(new URL("../../../docs/doctor.md", import.meta.url), "utf8");
  const rows = [...page.slice(page.indexOf("## Checks")).matchAll(/^\| `([a-z0-9-]+)` /gm)].map(([, name]) => name);
  expect(rows).toEqual(checks.map(({ name }) => name));
});

test("the program that looks at a host has no command that writes", () => {
  const lines = lookProgram()
    .split("\n")
    // Without remarks, and the list of programs that are looked for.
    .map((line) => line.replace(/^\s*#.*|^ *for name in .*/, ""));
  const redirections = lines.flatMap((line) => line.match(/(?<![-=<>'"| ] ?)\d?>>?\s*[^&\s|>']\S*/g) ?? []);
  expect(redirections.filter((one) => !/^\d?> ?\/dev\/null/.test(one) && !/>fact|>query|>end/.test(one))).toEqual([]);
  const text = lines.join("\n");
  const writing = [
    /(?<![\w/.-])(?:rm|mv|cp|tee|touch|mkdir|ln|chmod|chown|dd|truncate|install|mktemp|kill|modprobe|sysctl|conntrack) .*/g,
    /\bip (?:-\S+ )*\w+ (?:add|del|delete|set|replace|change|flush|append)\b.*/g,
    /\bnft (?!-j list ruleset|-a -t list ruleset|bounded)-?\w.*/g,
    /systemctl (?!show|list-units|&&|\|).*|-restore.*|(?:sed|awk) -i.*|(?<!look_)virsh (?!--readonly|>|;).*/g,
  ];
  expect(writing.flatMap((one) => text.match(one) ?? [])).toEqual([]);
  expect(text.match(/virsh --readonly/g)).toHaveLength(1);
});
