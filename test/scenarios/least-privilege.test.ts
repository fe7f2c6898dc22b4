/** The product as a user who may do nothing but what `npx kvmnet sudoers` prints. */
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkout } from "../lab/engine/project.ts";
import { differences } from "../lab/quick/index.ts";
import type { Stack } from "../lab/stack.ts";
import { changes, forward, network, succeeded, Testbed } from "../lab/testbed.ts";

const USER = "deploy";
const SECRET = `, extraLines: [pulumi.secret("txt-record=token.lab,of-root-only")] });`;

let testbed: Testbed;
let stack: Stack;
beforeAll(async () => {
  testbed = await Testbed.start("hv1");
  await testbed.host.exec(
    `useradd --create-home --shell /bin/bash ${USER} && cp -r /root/.ssh /home/${USER}/ && chown -R ${USER}: /home/${USER}/.ssh`,
  );
  const body = network({ extra: forward }).replace(/,\s*\}\);\s*const web/, `${SECRET}\nconst web`);
  expect(body).toContain(SECRET);
  stack = await testbed.stack(body, { config: { "kvmnet:host": `${USER}@hv1` } });
});
afterAll(() => testbed?.stop());

/** What the command prints for a user. */
async function entryFor(user: string): Promise<string> {
  return (await execa(process.execPath, [join(checkout, "dist/cli/index.js"), "sudoers", user])).stdout;
}

/** Whether sudo would let the user run a command as root without a password. */
async function allowed(user: string, command: string): Promise<boolean> {
  const { exitCode } = await testbed.host.exec(`runuser -u ${user} -- sudo -n -l ${command}`, { mayFail: true });
  return exitCode === 0;
}

test("without the entry the user is refused, and told what to do", async () => {
  const up = await stack.up();
  expect(up.exitCode).not.toBe(0);
  expect(up.stdout).toContain(`${USER} may not use sudo on ${USER}@hv1`);
});

test("the entry is valid, for odd names too, and allows one command and nothing else", async () => {
  const odd = ["ALL", "OPS", "host$", "j.doe", "ops@lab.internal"];
  const entries = await Promise.all([USER, ...odd].map(entryFor));
  await testbed.host.exec("cat > /root/all && visudo -c -f /root/all && rm /root/all", { input: entries.join("\n") });
  await testbed.host.exec("umask 337; cat > /etc/sudoers.d/odd-names; visudo -c", {
    input: (await Promise.all(odd.map(entryFor))).join("\n"),
  });
  const command = "/bin/sh -s -- 192.0.2.1 50000 192.0.2.2 22";
  // "ALL" is somebody's name here, not everybody.
  expect(await allowed(USER, command)).toBe(false);
  await testbed.host.exec("rm /etc/sudoers.d/odd-names");

  await testbed.host.exec(`umask 337; cat > /etc/sudoers.d/kvmnet-${USER}; visudo -c`, { input: await entryFor(USER) });
  expect(await allowed(USER, command)).toBe(true);
  expect(await allowed(USER, "/bin/sh -s -- 2001:db8::1 50000 ::1 22")).toBe(true);
  expect(await allowed("nobody", command)).toBe(false);
  const others = [
    "/bin/sh -c id",
    "/bin/sh",
    "/bin/sh -s",
    "/bin/sh -s -- x",
    "/bin/bash -s -- 1 2 3 4",
    "/usr/bin/id",
  ];
  for (const other of [...others, `-u pat ${command}`]) expect(await allowed(USER, other), other).toBe(false);
});

test("with it up, an up without changes, refresh and destroy do all they do for root", async () => {
  const before = await testbed.host.snapshot();
  const was = await filesOf();
  succeeded(await stack.up());
  expect(changes(succeeded(await stack.up("--expect-no-changes")))).not.toHaveProperty("update");
  succeeded(await stack.refresh("--expect-no-changes"));
  expect(loose(was, await filesOf())).toEqual([]);
  await keepsItsModes();
  succeeded(await stack.destroy());
  expect(differences(before, await testbed.host.snapshot())).toEqual([]);
});

/** A plan of a state; one with secrets in it is a text, as a whole. */
function clear(plan: unknown): object {
  if (typeof plan !== "object" || plan === null) return {};
  return "plaintext" in plan ? (JSON.parse(String(plan.plaintext)) as object) : plan;
}

/** Every file of ours has the mode that its kind promises, and is found if somebody widens it. */
async function keepsItsModes(): Promise<void> {
  const resources = (await stack.export("--show-secrets")).deployment.resources ?? [];
  const keys = resources.flatMap(({ outputs }) => Object.keys(clear(outputs?.plan)));
  const files = keys.flatMap((key) => /^(?:shared )?(file|private) (\/.*)$/.exec(key)?.slice(1, 3) ?? []);
  const wanted = new Map<string, string>();
  for (let at = 0; at < files.length; at += 2) wanted.set(files[at + 1] ?? "", files[at] === "file" ? "644" : "600");
  expect([...wanted.values()]).toEqual(expect.arrayContaining(["644", "600"]));
  const { stdout } = await testbed.host.exec(`stat -c '%n %a %U:%G' ${[...wanted.keys()].join(" ")}`);
  expect(stdout.trim().split("\n").sort()).toEqual(
    [...wanted].map(([path, mode]) => `${path} ${mode} root:root`).sort(),
  );
  const { stdout: secret } = await testbed.host.exec(`runuser -u ${USER} -- grep -rls of-root-only /etc /var /run`, {
    mayFail: true,
  });
  expect(secret).toBe("");

  const was = await filesOf();
  await testbed.host.exec("touch /etc/kvmnet/loose && chmod 666 /etc/kvmnet/loose");
  expect(loose(was, await filesOf())).toEqual(["/etc/kvmnet/loose root:root 666 f"]);
  await testbed.host.exec("rm /etc/kvmnet/loose");
}

/** `PATH OWNER MODE TYPE` of every file where the product may leave some. */
async function filesOf(): Promise<Set<string>> {
  const { stdout } = await testbed.host.exec("find /etc /usr /var /root /home /run -xdev -printf '%p %u:%g %m %y\\n'");
  return new Set(stdout.split("\n"));
}

/** What others than the product put there: dnsmasq (leases, pid), and systemd for its unit's private directories. */
const FOREIGN =
  /^(\/var\/lib\/misc\/dnsmasq\.br0\.leases|\/run\/kvmnet-dnsmasq-br0\.pid|\/run\/(user|systemd)\/.*|(\/var)?\/tmp\/systemd-private-.*)$/;

/** What came that is not root's alone to write. A symbolic link's mode means nothing. */
function loose(was: Set<string>, now: Set<string>): string[] {
  const came = [...now].filter((line) => line && !was.has(line));
  expect(came.length).toBeGreaterThan(0);
  return came.filter((line) => {
    const [, path = "", owner, mode = "", type] = /^(.*) (\S+) (\d+) (\S)$/.exec(line) ?? [];
    if (type === "l" || FOREIGN.test(path)) return false;
    return owner !== "root:root" || (Number.parseInt(mode, 8) & 0o022) !== 0;
  });
}
