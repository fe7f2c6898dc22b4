/** Whatever comes from a host: the shell's output, the report, facts, readings. A host may be broken, or somebody's. */
import fc from "fast-check";
import { expect } from "vitest";
import { parseFacts } from "../../../provider/host/facts.ts";
import { Frames } from "../../../provider/host/frames.ts";
import { noShell } from "../../../provider/host/refused-shell.ts";
import { resolveHost } from "../../../provider/host/resolve.ts";
import { toError } from "../../../provider/lifecycle/failure.ts";
import { planFor } from "../../../provider/lifecycle/planner.ts";
import type { KvmnetError } from "../../../provider/model/error.ts";
import { parseLeases } from "../../../provider/model/leases.ts";
import type { Context } from "../../../provider/model/resource.ts";
import { failureCodes, parseReport, type Report, ReportError } from "../../../provider/plan/report.ts";
import { samples } from "../../contract/hostile/arguments.ts";
import { holds } from "./cases.ts";
import { mutated, mutatedLines, oddText } from "./values.ts";

/** Fit for a terminal. */
function isPrintable(text: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  expect(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/.exec(text)?.[0]).toBe(undefined);
  expect(text.isWellFormed()).toBe(true);
}

const pieces = fc.constantFrom(
  ...["KVMNET-BEGIN id-1", "KVMNET-END id-1", "KVMNET-BEGIN id-2", "KVMNET-END", "nonce ready", "nonce ", "nonce"],
  ...["\n", "\r\n", "\n", ">tx id-1", "|x"],
);
holds(
  "output of a shell, however it is cut up, is at most the answer that was asked for",
  fc.array(fc.oneof(pieces, oddText)),
  (chunks) => {
    const found: string[] = [];
    const frames = new Frames("nonce", () => found.push("overflow"));
    frames.onAnswer("id-1", (text) => found.push(text));
    frames.onWord((text) => found.push(text));
    for (const chunk of chunks) frames.push(chunk);
    expect(found.length).toBeLessThanOrEqual(2);
    for (const text of found)
      expect(chunks.join("").replaceAll("\r", "")).toContain(text.split("\n")[0]?.replaceAll("\r", ""));
  },
);

const report = `Welcome
>tx id-1
>host 0123456789abcdef0123456789abcdef
>member 0 ok
>object link br0
|type bridge
>absent file /x
>read 0
|1: lo    inet 127.0.0.1/8 scope host lo
>note reloaded dnsmasq
>member 1 failed conflict
>about link br0
|owner urn:pulumi:prod::lab::t::n
>member 2 failed unmet
>about expect 0
|found
>fact init
|systemd
>end id-1`;
const controls = fc
  .tuple(
    fc.constantFrom("host", "member", "about", "object", "absent", "read", "note", "fact", "tx", "end", "?"),
    fc.oneof(
      oddText,
      fc.constantFrom(
        "0 ok",
        "1 failed busy",
        "99999 ok",
        "999999999 ok",
        "-1 ok",
        "expect 0",
        "expect 99",
        "9999",
        "link br0",
      ),
    ),
  )
  .map(([verb, rest]) => `>${verb} ${rest.replaceAll("\n", " ")}`);
const reports = fc.oneof(
  mutatedLines(report),
  fc
    .array(
      fc.oneof(
        controls,
        oddText.map((text) => `|${text}`),
      ),
    )
    .map((lines) => [">tx id-1", ...lines, ">end id-1"].join("\n")),
);

const [, , , forward] = samples;
const { expects, plan } = planFor(forward?.definition ?? (undefined as never), forward?.args ?? {}, {});

holds(
  "a report is read or refused, and a failure in it becomes an error for a person",
  fc.tuple(reports, fc.nat(3)),
  ([text, members]) => {
    let read: Report;
    try {
      read = parseReport(text, members);
    } catch (error) {
      expect(error).toBeInstanceOf(ReportError);
      return;
    }
    expect(read.members.length).toBeGreaterThanOrEqual(members);
    expect(Object.getPrototypeOf(read.facts)).toBe(Object.prototype);
    for (const member of read.members) {
      isPrintable(member.hostId);
      for (const note of member.notes) isPrintable(note);
      if (member.ok) {
        for (const reading of member.readings) isPrintable(reading);
        for (const content of Object.values(member.objects)) expect(content).toMatch(/^$|\n$/);
        continue;
      }
      expect(failureCodes).toContain(member.code);
      const error = toError(member, { hostName: "hv1", expects, plan, named: true });
      expect(error.code).toBeTypeOf("string");
      isPrintable(error.message);
    }
  },
);

const facts = {
  "machine-id": ["0123456789abcdef0123456789abcdef"],
  system: ["debian 12"],
  nic: ["enp3s0 wired networkd 00:25:90:00:00:01 -", "enp4s0 wired none 00:25:90:00:00:02 br0"],
  carried: ["enp3s0 192.168.1.11/24 192.168.1.255 dynamic", "enp3s0 2001:db8::11/64 - static"],
  gateway: ["enp3s0 0.0.0.0/0 192.168.1.1 dynamic", "br0 ::/0 fe80::1 static"],
  lease: ["enp3s0 192.168.1.11 ff5ec3f1ab"],
  resolver: ["enp3s0 9.9.9.9"],
  init: ["systemd"],
  uplink: ["enp3s0 wired networkd", "wlan0 wireless none"],
  address: ["lo 127.0.0.1/8", "enp3s0 192.168.1.11/24", "br0 10.70.0.1/24"],
  route: ["enp3s0 192.168.1.0/24", "- 10.99.0.0/16", "enp3s0 10.77.0.0/16"],
  ssh: ["192.168.1.2 50000 192.168.1.11 22"],
  program: ["nft", "ip"],
  dnsmasq: ["disabled"],
  firewall: ["docker"],
};
const lines = fc.record(
  Object.fromEntries(
    Object.entries(facts).map(([name, some]) => [name, mutatedLines(some.join("\n")).map((text) => text.split("\n"))]),
  ),
);
holds(
  "facts are understood or refused, and every resource can be planned with those that are",
  fc.oneof(lines, mutated(facts)),
  (given) => {
    let said: ReturnType<typeof parseFacts>;
    try {
      said = parseFacts(given as typeof facts, "hv1");
    } catch (error) {
      expect(error).toMatchObject({ name: "KvmnetError", code: "unmet", host: "hv1" });
      const { message } = error as KvmnetError;
      expect(
        Object.keys(facts).some((name) => message.includes(name)),
        message,
      ).toBe(true);
      isPrintable(message);
      expect(message.length).toBeLessThan(4_000);
      return;
    }
    for (const { definition, args, name } of samples) {
      const found = definition.find?.(args, said) ?? {};
      const context: Context = { name, urn: `urn:x::${name}`, found, hostName: "hv1" };
      const completed = definition.complete(args, context);
      const mistakes = definition.mistakes(completed, context, said);
      for (const { path, text } of mistakes) {
        expect(path).not.toBe("");
        isPrintable(text);
      }
      if (!mistakes.length) planFor(definition, completed, found);
    }
  },
);

const leases = `duid 00:01:00:01:2e:5f
1700000000 52:54:00:00:00:10 10.70.0.10 web 01:52:54:00:00:00:10
0 52:54:00:00:00:11 10.70.0.11 * *
1700000000 5439 fd00::10 web 00:01:00:01`;
const addresses = `1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever
2: eth0    inet 192.168.1.11/24 brd 192.168.1.255 scope global dynamic eth0\\       valid_lft 100sec`;
const blockers = "docker\tip filter FORWARD (forward): policy drop\nufw\tinet x y (input): drop";
const readings = fc.array(
  fc.oneof(
    ...[leases, addresses, blockers, "vnet0\n", "running\n"].map(mutatedLines),
    fc.constantFrom(leases, addresses, blockers),
  ),
  { maxLength: 5 },
);
holds("outputs are made of any readings, without a character that does something to a terminal", readings, (raw) => {
  const text = [
    ">tx id",
    ">member 0 ok",
    ...raw.flatMap((one, index) => [`>read ${index}`, ...one.split("\n").map((line) => `|${line}`)]),
    ">end id",
  ];
  const [member] = parseReport(text.join("\n"), 1).members;
  if (!member?.ok) return;
  for (const { definition, args } of samples) {
    const outputs = definition.outputs(args, member.readings);
    definition.settle?.settled(outputs);
    for (const [, value] of JSON.stringify(outputs).matchAll(/"((?:[^"\\]|\\.)*)"/g))
      isPrintable(JSON.parse(`"${value}"`));
  }
});

holds(
  "a lease is of the form that it should be, whatever a guest calls itself",
  fc.oneof(mutatedLines(leases), oddText),
  (text) => {
    for (const { mac = "52:54:00:00:00:01", address, hostname = "x", expiresAt = "2" } of parseLeases(text)) {
      expect(`${mac} ${address} ${hostname} ${expiresAt}`).toMatch(
        /^[0-9a-f:]{17} [0-9a-f.:]{2,39} [A-Za-z0-9.-]{1,253} [+0-9T:.Z-]+$/,
      );
    }
  },
);

holds(
  "what a host says instead of giving a shell is shown without the password, and fit for a terminal",
  fc.tuple(oddText, oddText),
  ([stdout, stderr]) => {
    const password = "hunter2-sudo";
    const destination = resolveHost({ host: "hv1", user: "ops", become: { password } });
    const error = noShell(destination, { stdout: `${stdout}${password}`, stderr: `sudo: ${stderr} ${password}` });
    expect(error.message).not.toContain(password);
    expect(error.message.length).toBeLessThan(1_500);
    isPrintable(error.message);
  },
);
