/** The way to a host changes, and the host does not: nothing is replaced, nothing on it is touched. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeKey } from "../contract/connection/sshd.ts";
import type { TcpProxy } from "../lab/proxy.ts";
import { differences, type Snapshot } from "../lab/quick/index.ts";
import type { Stack } from "../lab/stack.ts";
import { changes, forward, network, program, succeeded, Testbed } from "../lab/testbed.ts";

const PASSWORD = "lab-secret-pw";
const KEYS = "/home/pat/.ssh/authorized_keys";

let testbed: Testbed;
let proxies: TcpProxy[];
let dir: string;
let stack: Stack;
let empty: Snapshot;

beforeAll(async () => {
  testbed = await Testbed.start("hv1");
  proxies = [await testbed.proxy("one"), await testbed.proxy("two")];
  dir = await mkdtemp(join(tmpdir(), "kvmnet-credentials-"));
  await testbed.host.exec("echo 'pat ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/pat");
  stack = await testbed.stack("", { config: { password: { secret: PASSWORD } } });
  empty = await testbed.host.snapshot();
});
afterAll(async () => {
  await testbed?.stop();
  await rm(dir, { recursive: true, force: true });
});

/** A new key pair, whose public half is all that lets pat in. The private one becomes the stack's `key`. */
async function newKey(name: string): Promise<string> {
  const file = join(dir, name);
  await makeKey(file);
  await testbed.host.exec(`cat > ${KEYS}`, { input: await readFile(`${file}.pub`, "utf8") });
  const key = await readFile(file, "utf8");
  await stack.config("key", { secret: key });
  return key;
}

/** What has the same host from its parent, and says it again, with the fields in another order. */
const component = `
const lab = new kvmnet.VirtualNetwork("lab0", { host, ipv4Cidr: "10.44.0.0/24", anchor: false, libvirtNetwork: false });
const same = Object.fromEntries(Object.entries(host).reverse()) as unknown as typeof host;
new kvmnet.PortForward("again", { host: same, network: lab, target: lab.address(10), ports: [9000] });`;

/** The program, with the host as these fields have it. */
async function write(address: string, proxy: TcpProxy | undefined, credential: string): Promise<void> {
  const [, key] = (await readFile(testbed.host.knownHosts, "utf8")).split(/ (.*)/s);
  const knownHosts = `[${address}]:${proxy?.port} ${key?.trim()}\n`;
  const host = `{ host: "${address}", port: ${proxy?.port}, user: "pat", ${credential}, knownHosts: ${JSON.stringify(knownHosts)} }`;
  const body = `const host = ${host.replaceAll("SECRET", "new pulumi.Config().requireSecret")};`;
  const rest = network({ extra: forward }).replace(`{ addresses:`, "{ host, addresses:");
  await stack.write(program(`${body}\n${rest}\n${component}`));
}

const byPassword = `password: SECRET("password")`;
const byKey = `privateKey: SECRET("key")`;

/** What the host remembers of changes: each has left a report. */
async function transactions(): Promise<string> {
  return (await testbed.host.exec("ls --full-time /run/kvmnet/tx/*.report /var/lib/kvmnet/objects")).stdout;
}

/** An `up` after the change rewrites the state; the host is asked who it is, once, and nothing else. */
async function onlyState(): Promise<void> {
  const [before, done] = [await testbed.host.snapshot(), await transactions()];
  for (const proxy of proxies) proxy.reset();
  const up = succeeded(await stack.up());
  expect(changes(up)).toEqual({ same: 2, update: 8 });
  expect(differences(before, await testbed.host.snapshot())).toEqual([]);
  expect(await transactions()).toBe(done);
  expect(proxies.map(({ counts }) => counts.connections).reduce((a, b) => a + b)).toBe(1);
}

test("a password becomes a key, the key is rotated, port and address change: only the state does, and destroy works", async () => {
  const [one, two] = proxies;
  await write("127.0.0.1", one, byPassword);
  succeeded(await stack.up());
  await newKey("first");
  await testbed.host.exec("passwd -q -l pat");
  await write("127.0.0.1", one, byKey);
  await onlyState();
  await newKey("second");
  await onlyState();
  await write("127.0.0.1", two, byKey);
  await one?.refuse();
  await onlyState();
  await write("localhost", two, byKey);
  await onlyState();
  two?.reset();
  succeeded(await stack.up("--expect-no-changes"));
  expect(two?.counts.connections).toBe(0);
  succeeded(await stack.run(["refresh", "--yes", "--skip-preview", "--expect-no-changes"]));
  succeeded(await stack.destroy());
  expect(untouched(differences(empty, await testbed.host.snapshot()))).toEqual([]);
});

test("a key of kvmnet:hosts rotated since the last up: destroy is refused and loses nothing, with --run-program it works", async () => {
  const [, two] = proxies;
  const knownHosts = (await readFile(testbed.host.knownHosts, "utf8")).replace(/^\S+/, `[127.0.0.1]:${two?.port}`);
  const configure = async (privateKey: string) => {
    const host = { host: "127.0.0.1", port: two?.port, user: "pat", privateKey, knownHosts };
    await stack.config("kvmnet:hosts", { secret: JSON.stringify({ lab: host }) });
  };
  await stack.config("kvmnet:host", "lab");
  await configure(await newKey("third"));
  await stack.write(program(network()));
  succeeded(await stack.up());
  await configure(await newKey("fourth"));
  const refused = await stack.destroy();
  expect(refused.exitCode).not.toBe(0);
  expect(refused.stdout + refused.stderr).toContain("does not let pat log in. Tried: privateKey");
  succeeded(await stack.destroy("--run-program"));
  expect(untouched(differences(empty, await testbed.host.snapshot()))).toEqual([]);
});

/** But for what the test itself did to the user. */
function untouched(all: ReturnType<typeof differences>): string[] {
  const ours =
    /^file:(\/home\/pat\/.ssh\/authorized_keys|\/etc\/(shadow|passwd)-?|\/etc\/.pwd.lock|\/etc|\/home\/pat.*)(:sha256)?$/;
  return all.map(({ key }) => key).filter((key) => !ours.test(key));
}
