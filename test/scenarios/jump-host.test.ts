import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Sshd } from "../contract/connection/sshd.ts";
import { makeRoom } from "../lab/quick/inotify.ts";
import type { Stack } from "../lab/stack.ts";
import { changes, connections, succeeded, Testbed } from "../lab/testbed.ts";

const names = Array.from({ length: 20 }, (_, n) => `far${n}`);
const fleet = `
for (let n = 0; n < ${names.length}; n++) {
  new kvmnet.Bridge(\`br\${n}\`, { host: \`far\${n}\`, addresses: [\`10.40.\${n}.1/24\`] });
}`;

let putBack: () => Promise<void>;
let testbed: Testbed;
let jump: Sshd;
let stack: Stack;

beforeAll(async () => {
  putBack = await makeRoom(names.length);
  // No session at all, and no more than two at a time that have not logged in yet.
  [testbed, jump] = await Promise.all([
    Testbed.start(...names),
    Sshd.start({ config: "MaxStartups 2\nMaxSessions 0\nLogLevel VERBOSE" }),
  ]);
  const knownHosts = join(jump.dir, "known_hosts");
  await writeFile(knownHosts, await jump.knownHosts());
  const lines = [
    `Host ${names.join(" ")}`,
    "  ProxyJump jump",
    "Host jump",
    "  HostName 127.0.0.1",
    `  Port ${jump.port}`,
    `  User ${jump.user}`,
    `  IdentityFile ${jump.identity}`,
    `  UserKnownHostsFile ${knownHosts}`,
  ];
  await appendFile(testbed.sshConfig, `${lines.join("\n")}\n`);
  const hosts = JSON.stringify(Object.fromEntries(names.map((name) => [name, name])));
  stack = await testbed.stack(fleet, { config: { "kvmnet:hosts": hosts } });
});
afterAll(async () => {
  await testbed?.stop();
  await jump?.remove();
  await putBack?.();
});

const logins = () => jump.log.match(/^Accepted publickey/gm)?.length ?? 0;
const addresses = async () => {
  const all = await Promise.all(testbed.hosts.map((host) => host.exec("ip -br -4 addr")));
  return all.flatMap(({ stdout }) => stdout.match(/(?<=^br\d+ .*)10\.40\.\d+\.1\/24/gm) ?? []).sort();
};

test("twenty hosts behind one jump host that lets in two at a time: all are reached, over one log-in each", async () => {
  const up = succeeded(await stack.up("--parallel", "40"));
  expect(changes(up).create).toBeGreaterThanOrEqual(names.length);
  expect(await addresses()).toEqual(names.map((_, n) => `10.40.${n}.1/24`).sort());
  console.log(`log-ins at the jump host: ${logins()}, turned away: ${jump.log.match(/^drop connection/gm)?.length}`);
  expect(logins()).toBe(names.length);
  for (const host of testbed.hosts) expect(await connections(host)).toBe(1);
  succeeded(await stack.destroy("--parallel", "40"));
  expect(await addresses()).toEqual([]);
});
