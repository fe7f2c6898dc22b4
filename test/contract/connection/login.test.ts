import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { RemoteHost } from "../../../provider/host/remote.ts";
import { resolveHost } from "../../../provider/host/resolve.ts";
import { KvmnetError } from "../../../provider/model/error.ts";
import { makeKey, Sshd } from "./sshd.ts";
import { member, stubRuntime } from "./stub.ts";

const password = "Tr0ub4dor&3";
const runtime = stubRuntime();
let sshd: Sshd;
let closed: Sshd;
const hosts: RemoteHost[] = [];

beforeAll(async () => {
  sshd = await Sshd.start({ password, keys: ["ed25519", "ecdsa", "rsa"], config: "MaxAuthTries 3" });
  // The jump's target, in the sense that only the jump is dialled.
  closed = await Sshd.start();
  vi.stubEnv("HOME", sshd.dir);
  vi.stubEnv("SSH_AUTH_SOCK", undefined);
});
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await Promise.all([sshd?.remove(), closed?.remove()]);
});

async function key(): Promise<string> {
  return await readFile(sshd.identity, "utf8");
}
/** A host object for the sshd whose host key is right. */
async function args(more: object = {}): Promise<object> {
  return {
    host: "127.0.0.1",
    port: sshd.port,
    user: sshd.user,
    hostKey: await sshd.hostKey(),
    dialErrorLimit: 1,
    ...more,
  };
}
function open(host: unknown): RemoteHost {
  const made = new RemoteHost(resolveHost(host), runtime);
  hosts.push(made);
  return made;
}
async function succeeds(host: unknown): Promise<void> {
  expect(await open(host).submit(member())).toMatchObject({ ok: true, hostId: "stub" });
}
async function fails(host: unknown): Promise<KvmnetError> {
  const error = await open(host)
    .submit(member())
    .then(
      () => new Error("it was accepted"),
      (reason: unknown) => reason as KvmnetError,
    );
  expect(error).toBeInstanceOf(KvmnetError);
  expect(JSON.stringify({ ...error, message: error.message, stack: error.stack })).not.toContain(password);
  return error as KvmnetError;
}

test("a private key as text, with the line ends of any system", async () => {
  await succeeds(await args({ privateKey: await key() }));
  await succeeds(await args({ privateKey: (await key()).replaceAll("\n", "\r\n").trim() }));
});
test("an encrypted private key and its password", async () => {
  const file = join(sshd.dir, "encrypted");
  await makeKey(file, { password });
  await appendFile(join(sshd.dir, "authorized_keys"), await readFile(`${file}.pub`, "utf8"));
  const privateKey = await readFile(file, "utf8");
  await succeeds(await args({ privateKey, privateKeyPassword: password }));
  expect((await fails(await args({ privateKey }))).message).toBe(
    "host.privateKey: is encrypted. Set privateKeyPassword.",
  );
  expect((await fails(await args({ privateKey, privateKeyPassword: "wrong" }))).message).toBe(
    "host.privateKeyPassword: does not open privateKey.",
  );
  expect((await fails(await args({ privateKey: "~/.ssh/id" }))).message).toMatch(
    /^host\.privateKey: is no private key/,
  );
});
test("a password, also when a key before it is refused", async () => {
  await succeeds(await args({ password }));
  const file = join(sshd.dir, "stranger");
  await makeKey(file);
  await succeeds(await args({ password, privateKey: await readFile(file, "utf8") }));
});
test("a wrong password or key is refused once, with what was tried", async () => {
  const wrong = await args({ user: "nobody-here", password });
  const host = open(wrong);
  await expect(host.submit(member())).rejects.toThrow(
    "host: 127.0.0.1 does not let nobody-here log in. Tried: password. Check the user name",
  );
  expect((await fails(wrong)).code).toBe("invalid-args");
});
test("nothing to log in with is said, with the keys that cannot be used", async () => {
  expect((await fails(await args())).message).toMatch(/^host: nothing to log in to 127\.0\.0\.1 with\. Set privateKey/);
});
test("an agent, and the SSH configuration's keys", async () => {
  const socket = join(sshd.dir, "agent");
  const agent = execa("ssh-agent", ["-D", "-a", socket], { reject: false });
  try {
    for (let index = 0; index < 4; index++) {
      const file = join(sshd.dir, `agent-key-${index}`);
      await makeKey(file);
      await execa("ssh-add", ["-q", file], { env: { SSH_AUTH_SOCK: socket } });
    }
    // Four strangers' keys are one more than this sshd allows.
    expect((await fails(await args({ agentSocketPath: socket }))).message).toContain("Tried: agent (4 keys)");
    await execa("ssh-add", ["-q", sshd.identity], { env: { SSH_AUTH_SOCK: socket } });
    vi.stubEnv("KVMNET_SSH_CONFIG", join(sshd.dir, "ssh_config"));
    await writeFile(join(sshd.dir, "known"), await sshd.knownHosts());
    const common = `HostName 127.0.0.1\n Port ${sshd.port}\n User ${sshd.user}\n UserKnownHostsFile ${sshd.dir}/known\n`;
    const lines = [
      `Host only\n ${common} IdentityAgent ${socket}\n IdentitiesOnly yes\n IdentityFile ${sshd.dir}/offered`,
      `Host file\n ${common} IdentityAgent none\n IdentityFile ~/id`,
    ];
    // The public half is enough to choose among the agent's keys.
    await writeFile(join(sshd.dir, "offered.pub"), await readFile(`${sshd.identity}.pub`, "utf8"));
    await writeFile(join(sshd.dir, "ssh_config"), `${lines.join("\n")}\n`);
    await succeeds("only");
    await succeeds("file");
    await succeeds(await args({ agentSocketPath: "/nowhere", password }));
    expect((await fails(await args({ agentSocketPath: "/nowhere" }))).message).toContain(
      "agent (/nowhere does not answer)",
    );
  } finally {
    agent.kill();
    await agent;
    vi.stubEnv("KVMNET_SSH_CONFIG", undefined);
  }
});
test("a jump host, of an object and of the SSH configuration", async () => {
  const proxy = { host: "127.0.0.1", port: closed.port, user: closed.user, hostKey: await closed.hostKey() };
  const jump = { ...proxy, privateKey: await readFile(closed.identity, "utf8") };
  await succeeds(await args({ privateKey: await key(), proxy: jump }));
  expect(closed.log).toContain("Accepted publickey");
  const error = await fails(await args({ password, proxy: { ...jump, hostKey: await sshd.hostKey() } }));
  expect(error.message).toContain(`host: key of 127.0.0.1 has changed`);
  const nowhere = await fails({ ...(await args({ password, proxy: jump })), port: 1 });
  expect(nowhere.message).toMatch(/^127\.0\.0\.1 \(127\.0\.0\.1:1\) cannot be reached through its jump host/);

  vi.stubEnv("KVMNET_SSH_CONFIG", join(sshd.dir, "jump_config"));
  await writeFile(join(sshd.dir, "known"), (await sshd.knownHosts()) + (await closed.knownHosts()));
  const common = `HostName 127.0.0.1\n UserKnownHostsFile ${sshd.dir}/known\n`;
  await writeFile(
    join(sshd.dir, "jump_config"),
    `Host jump\n Port ${closed.port}\n IdentityFile ${closed.identity}\nHost target\n Port ${sshd.port}\n IdentityFile ${sshd.identity}\n ProxyJump jump\nHost *\n ${common}`,
  );
  await succeeds("target");
});

test("a known key of any type is negotiated, though the server would rather show another", async () => {
  for (const type of ["ecdsa", "rsa", "ed25519"]) {
    const knownHosts = await sshd.knownHosts(sshd.port, type);
    await succeeds({ ...(await args({ password, knownHosts })), hostKey: undefined });
  }
});
test("a hashed known_hosts file as ssh-keygen makes it", async () => {
  const file = join(sshd.dir, "hashed");
  await writeFile(file, await sshd.knownHosts());
  await execa("ssh-keygen", ["-q", "-H", "-f", file]);
  expect(await readFile(file, "utf8")).toMatch(/^\|1\|/);
  await succeeds({ ...(await args({ password, knownHosts: file })), hostKey: undefined });
});
test("an unknown key is refused before a user name is sent, with what ssh-keygen says of it", async () => {
  const before = sshd.log.length;
  const error = await fails({ ...(await args({ password, knownHosts: "/nowhere" })), hostKey: null });
  const { stdout } = await execa("ssh-keygen", ["-lf", join(sshd.dir, "host_ed25519.pub")]);
  const fingerprint = stdout.split(" ")[1] ?? "";
  expect(error.message).toBe(
    `host: key of 127.0.0.1 is unknown: ED25519 ${fingerprint}. Compare it on the console, then add it to /nowhere or set hostKey. Nothing was sent. The line to add: ${(await sshd.knownHosts()).trim()}`,
  );
  expect(sshd.log.slice(before)).not.toMatch(/Accepted|Failed|authenticating/);
});
test("a changed key is refused, also with accept-new; a new one is accepted once and then known", async () => {
  const file = join(sshd.dir, "growing");
  const host = { ...(await args({ password, knownHosts: file, hostKeyPolicy: "accept-new" })), hostKey: undefined };
  await succeeds(host);
  expect(await readFile(file, "utf8")).toBe(await sshd.knownHosts());
  await writeFile(file, `[127.0.0.1]:${sshd.port} ${await closed.hostKey()}\n`);
  const { message } = await fails(host);
  expect(message).toContain("has changed");
  // The two commands' worth of what to do when the machine was installed again.
  expect(message).toContain(`ssh-keygen -f ${file} -R '[127.0.0.1]:${sshd.port}'`);
  expect(message).toContain((await sshd.knownHosts()).trim());
});
test("a credential that was rotated: whichever works is used, and the host stays the same", async () => {
  const host = open(await args({ password: "of last year" }));
  host.offer(resolveHost(await args({ password })));
  host.offer(resolveHost(await args({ password: "of next year" })));
  expect(await host.submit(member())).toMatchObject({ ok: true });
});
test("nobody listens there: a clear error, soon", async () => {
  const error = await fails({ ...(await args({ password })), port: 1 });
  expect(error.code).toBe("unreachable");
  expect(error.message).toBe("127.0.0.1:1 does not answer over SSH: connection refused.");
  expect((await fails({ host: "no-such-host.invalid", password })).message).toMatch(
    /does not answer over SSH: (no such name|its name)/,
  );
});
