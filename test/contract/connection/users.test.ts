/** Users of a real host: sudo with and without a password, noisy start-up files, another login shell. */
import { readFile } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { RemoteHost } from "../../../provider/host/remote.ts";
import { resolveHost } from "../../../provider/host/resolve.ts";
import { QuickHost } from "../../lab/quick/index.ts";
import { member, stubRuntime } from "./stub.ts";

const password = "lab-secret-pw";
const runtime = stubRuntime();
const hosts: RemoteHost[] = [];
let machine: QuickHost;
let common: object;

beforeAll(async () => {
  machine = await QuickHost.start({
    name: "users",
    files: {
      "/etc/ssh/sshd_config.d/test.conf":
        "KbdInteractiveAuthentication yes\nMatch User pat\n  PasswordAuthentication no\n",
      "/etc/sudoers.d/test": "ops ALL=(ALL) NOPASSWD: ALL\nodd ALL=(ALL) NOPASSWD: ALL\n",
    },
  });
  const hostKey = (await readFile(machine.knownHosts, "utf8")).split(" ").slice(1).join(" ").trim();
  common = {
    host: machine.address,
    port: machine.port,
    hostKey,
    privateKey: await readFile(machine.identityFile, "utf8"),
  };
});
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()));
});
afterAll(() => machine?.stop());

function open(more: object): RemoteHost {
  const made = new RemoteHost(resolveHost({ ...common, ...more }), runtime);
  hosts.push(made);
  return made;
}
async function isRoot(more: object): Promise<void> {
  const report = await open(more).submit(member());
  expect(report.ok && report.readings[0]).toMatch(/^\S+ \d+ \S+ \d+\|\/usr\/local\/sbin:.*:\/bin C 0022 \/\|root$/);
}
async function refusal(more: object): Promise<string> {
  const error = await open(more)
    .submit(member())
    .then(String, (reason: Error) => reason);
  expect(error).toMatchObject({ code: "invalid-args" });
  expect(JSON.stringify(error) + (error as Error).message).not.toContain(password);
  return (error as Error).message;
}

test("root", () => isRoot({ user: "root" }));
test("a user who may use sudo without a password, whether or not become is set", async () => {
  await isRoot({ user: "ops" });
  await isRoot({ user: "ops", become: "sudo" });
});
test("a user whose login shell is tcsh and whose start-up file talks", () => isRoot({ user: "odd" }));
test("a user whose sudo asks for a password, and whose start-up files talk", () =>
  isRoot({ user: "pat", become: { method: "sudo", password } }));
test("a password that sudo does not ask for is not read by the shell", async () => {
  await isRoot({ user: "ops", become: { method: "sudo", password: "touch /leaked" } });
  await isRoot({ user: "root", become: { method: "sudo", password: "touch /leaked" } });
  await machine.exec("test ! -e /leaked");
});
test("the password is in no command line and no log", async () => {
  const host = open({ user: "pat", become: { method: "sudo", password } });
  await host.submit(member());
  const { stdout } = await machine.exec(
    "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ | tr '\\0' '\\n'; journalctl -q --no-pager",
  );
  expect(stdout).toContain("sudo");
  expect(stdout).not.toContain(password);
});
test("keyboard-interactive answers with the password", () =>
  isRoot({ user: "pat", privateKey: undefined, password, become: { password } }));
test("sudo that wants a password and has none, or a wrong one, is refused with what to do", async () => {
  expect(await refusal({ user: "pat" })).toBe(
    `host: pat may not use sudo on 127.0.0.1: "a password is required". Set become: { method: "sudo", password }.`,
  );
  expect(await refusal({ user: "pat", become: { password: "wrong" } })).toBe(
    `host: pat may not use sudo on 127.0.0.1: "Sorry, try again.". Check become.password.`,
  );
});
test("a user who is not among the sudoers, and one without a shell, are named", async () => {
  await machine.exec(
    "useradd -m -s /bin/bash guest && useradd -m -s /usr/sbin/nologin ghost && for u in guest ghost; do cp -r /root/.ssh /home/$u/ && chown -R $u /home/$u/.ssh; done; echo guest:lab-secret-pw | chpasswd",
  );
  expect(await refusal({ user: "guest", become: { password } })).toBe(
    `host: guest may not use sudo on 127.0.0.1: "guest is not in the sudoers file.". Let guest use sudo there, or log in as root.`,
  );
  expect(await refusal({ user: "ghost" })).toMatch(/^host: 127\.0\.0\.1 gives ghost no shell: ".*not available/);
});
