/**
 * Where a secret could turn up. Beside each place that is searched stands a word that was put there on purpose: a search
 * that does not find that one would find no secret either.
 */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeKey } from "../contract/connection/sshd.ts";
import type { Stack } from "../lab/stack.ts";
import { succeeded, Testbed } from "../lab/testbed.ts";
import { around, CommandLines } from "./samples.ts";

const CANARY = "canary-4b1d";
const secrets: Record<string, string> = {
  "the password of login and sudo": "lab-secret-pw",
  "the private key's password": "passphrase-of-the-key",
  "the raw line": "s3cret-in-a-raw-line",
};

let testbed: Testbed;
let stack: Stack;
let dir: string;

beforeAll(async () => {
  testbed = await Testbed.start("hv1");
  dir = await mkdtemp(join(tmpdir(), "kvmnet-leaks-"));
  const file = join(dir, "id");
  await makeKey(file, { password: secrets["the private key's password"] ?? "" });
  await testbed.host.exec("cat >> /home/pat/.ssh/authorized_keys", { input: await readFile(`${file}.pub`, "utf8") });
  const key = await readFile(file, "utf8");
  secrets["the private key"] = key.split("\n")[2] ?? key;
  const [password, passphrase, line] = Object.values(secrets);
  const config = { password, passphrase, line, key };
  stack = await testbed.stack(body, {
    config: Object.fromEntries(Object.entries(config).map(([name, secret]) => [name, { secret: secret ?? "" }])),
  });
});
afterAll(async () => {
  await testbed?.stop();
  await rm(dir, { recursive: true, force: true });
});

const body = `
const config = new pulumi.Config();
const host = {
  host: "127.0.0.1", port: PORT, user: "pat", knownHosts: "KNOWN_HOSTS",
  password: config.requireSecret("password"), privateKey: config.requireSecret("key"),
  privateKeyPassword: config.requireSecret("passphrase"),
  become: { method: "sudo", password: config.requireSecret("password") },
};
const bridge = new kvmnet.Bridge("br0", { host, addresses: ["10.10.10.1/24"] });
const dhcp = new kvmnet.DnsmasqInstance("${CANARY}", {
  bridge, extraLines: [pulumi.interpolate\`txt-record=token.lab,\${config.requireSecret("line")}\`],
});
`;

/** Has a search find the canary and none of the secrets. */
function holdsNone(where: string, text: string): void {
  expect(around(text, CANARY), `${where}: nothing is found there`).not.toBe("");
  for (const [what, secret] of Object.entries(secrets)) {
    expect(around(text, secret), `${what} in ${where}`).toBe("");
  }
}

/** The engine's log but what it says of its own messages: at this level it writes out every argument of every one. */
function withoutMessages(log: string): string {
  const own = /"msg":"(Unm|M)arshaling property for RPC\[/;
  expect(log.split("\n").some((line) => own.test(line) && line.includes(secrets["the raw line"] ?? ""))).toBe(true);
  return log
    .split("\n")
    .filter((line) => !own.test(line))
    .join("\n");
}

/** Files of the host that hold a word: on disk, in memory, in logs. The word itself is in no command line. */
async function filesWith(word: string): Promise<string[]> {
  const places = "/etc /var/lib /var/log /var/tmp /run /tmp /root /home";
  const { stdout } = await testbed.host.exec(`grep -rlF --devices=skip -f - ${places}`, { input: word, mayFail: true });
  return stdout.split("\n").filter(Boolean).sort();
}

/** Leaves the canary where the host is searched. */
const plant = `mkdir -p /run/kvmnet/tx && echo ${CANARY} > /run/kvmnet/tx/canary && echo ${CANARY} > /var/log/canary
logger ${CANARY}; setsid -f sh -c 'sleep 300; :' ${CANARY} > /dev/null 2>&1
setsid -f sh -c 'while :; do cat /proc/[0-9]*/cmdline | tr "\\0" " "; echo
  for shell in $(grep -lzx -e -s /proc/[0-9]*/cmdline); do grep "core file" \${shell%cmdline}limits; done
  sleep 0.05; done > /run/seen 2> /dev/null' > /dev/null 2>&1`;

test("no secret is in state, output, logs, command lines, journals or files of preview, up, refresh and destroy", async () => {
  const text = await readFile(join(stack.dir, "index.ts"), "utf8");
  await stack.write({
    "index.ts": text.replace("PORT", String(testbed.host.port)).replace("KNOWN_HOSTS", testbed.host.knownHosts),
  });
  await testbed.host.exec(plant);
  const here = new CommandLines();
  const canary = spawn("sleep", ["300"], { argv0: CANARY });
  const limits = new Set<string>();
  for (const [command = "", ...args] of [
    ["preview", "--diff", "--show-full-output"],
    ["up"],
    ["refresh", "--diff"],
    ["destroy"],
  ]) {
    const running = stack.spawn([command, ...args, "--debug", "--logflow", "--logtostderr", "-v=9"]);
    limits.add(coreLimit(await readFile(`/proc/${await running.provider()}/limits`, "utf8")));
    const run = succeeded(await running.done);
    holdsNone(`the output of ${command}`, run.stdout);
    holdsNone(`the log of ${command}`, withoutMessages(run.stderr));
    if (command === "up") await onceItStands();
  }
  here.stop();
  canary.kill();
  holdsNone("command lines here", here.text);
  const seen = (await testbed.host.exec("cat /run/seen")).stdout;
  holdsNone("command lines of the host", seen);
  expect(seen).toContain("/bin/sh -s -- ");
  // A process holds what it works with; without a core file nothing of that outlives it.
  expect([...limits, coreLimit(seen)]).toEqual(["0", "0"]);
  holdsNone("the journal", (await testbed.host.exec("journalctl -q --no-pager")).stdout);
  expect(await filesWith(CANARY)).toEqual(
    expect.arrayContaining(["/run/kvmnet/tx/canary", "/run/seen", "/var/log/canary"]),
  );
  for (const [what, secret] of Object.entries(secrets)) expect(await filesWith(secret), what).toEqual([]);
});

/** The soft limit, in bytes. */
function coreLimit(text: string): string {
  return /^Max core file size +(\S+)/m.exec(text)?.[1] ?? "not found";
}

/** The state keeps secrets encrypted; the host has the raw line where dnsmasq reads it, for root alone, and nothing else. */
async function onceItStands(): Promise<void> {
  holdsNone("state", JSON.stringify(await stack.export()));
  for (const [what, secret] of Object.entries(secrets)) {
    const files = await filesWith(secret);
    const wanted = what === "the raw line" ? ["/etc/dnsmasq.d-available/kvmnet-br0.conf"] : [];
    expect(files, what).toEqual(wanted);
  }
  const { stdout } = await testbed.host.exec("stat -c '%a %U' /etc/dnsmasq.d-available/kvmnet-br0.conf");
  // The refresh that follows has a difference to show: in the very text that is secret.
  await testbed.host.exec("echo '# by hand' >> /etc/dnsmasq.d-available/kvmnet-br0.conf");
  expect(stdout).toBe("600 root");
}
