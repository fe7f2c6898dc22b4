/** A host that somebody built by hand, with libvirt's own network besides, is taken over while it works, and given back. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkout } from "../lab/engine/project.ts";
import { differences, type Guest, type Snapshot, startPausedDomain } from "../lab/quick/index.ts";
import type { Stack } from "../lab/stack.ts";
import { changes, succeeded, Testbed } from "../lab/testbed.ts";

const NIC = "52:54:00:4f:47:f2";
let testbed: Testbed;
let web: Guest;
let other: Guest;
let before: Snapshot;
let rules: string;
let saved: string;
let stack: Stack;

/** Guests go on to renew their leases; what networkd sets of its own accord (docs/reliability.md); what `ruleset` is for. */
const others = /^(file:\/var\/lib\/dnsmasq\/virbr10\/leases|sysctl:.*\.(promote_secondaries|accept_ra)$|nft:ip )/;
const left = async () => differences(before, await testbed.host.snapshot()).filter(({ key }) => !others.test(key));
/** Rules of iptables in their tables; chains have no order. */
const ruleset = async () => {
  const lines = (await said("iptables-save")).split("\n").filter((line) => /^(\*|-A )/.test(line));
  return lines.sort().join("\n");
};
const said = async (command: string) => (await testbed.host.exec(command)).stdout.trim();
const adopt = (...args: string[]) =>
  execa(process.execPath, [join(checkout, "dist/cli/index.js"), "adopt", "hv1", ...args], {
    env: { KVMNET_SSH_CONFIG: testbed.sshConfig },
    reject: false,
  });
/** Lines that have come back to the client of a connection which is open all the time. */
const echoed = async () => Number((await testbed.host.outside.exec("wc -l < /tmp/echo")).stdout);
const flows = async () => {
  const sofar = await echoed();
  await testbed.host.outside.exec(`until [ $(wc -l < /tmp/echo) -gt ${sofar + 2} ]; do sleep 0.05; done`, {
    timeout: 5_000,
  });
};
const works = async () => {
  await flows();
  expect(await testbed.host.outside.fetch("http://198.51.100.2/")).toBe("web");
  expect(await web.fetch("http://198.51.100.1/cgi-bin/who")).toBe("198.51.100.2");
  expect((await other.renew()).ip).toBe(await other.address());
};

const connect = async () => {
  const client = "(while :; do echo line; sleep 0.1; done) | busybox nc 198.51.100.2 2222 > /tmp/echo";
  await testbed.host.outside.exec(`: > /tmp/echo; setsid -f sh -c '${client}' < /dev/null > /dev/null 2>&1`);
};
const nic = (type: string, source: string, mac: string) =>
  `<interface type='${type}'><source ${type}='${source}'/><mac address='${mac}'/><model type='virtio'/></interface>`;

beforeAll(async () => {
  testbed = await Testbed.start("hv1");
  const { host } = testbed;
  // The kernel of quick hosts may have no dummy interfaces.
  const script = (await readFile(join(checkout, "examples/adopt/by-hand.sh"), "utf8")).replace(
    "type dummy",
    "type veth",
  );
  await host.exec("cat > /tmp/by-hand.sh && sh -e /tmp/by-hand.sh && rm /tmp/by-hand.sh", { input: script });
  await host.exec("virsh -q net-start default && virsh -q net-autostart default");
  await startPausedDomain(host, { name: "vm1", devices: nic("bridge", "virbr10", NIC) });
  await startPausedDomain(host, { name: "vm2", devices: nic("network", "default", "52:54:00:4f:47:f3") });
  web = await host.guest({ name: "web", mac: "52:54:00:be:0a:f3", bridge: "virbr10" });
  other = await host.guest({ name: "other", bridge: "virbr10" });
  expect((await web.dhcp()).ip).toBe("192.168.100.10");
  await other.dhcp();
  await web.serve();
  await host.outside.serve();
  await web.exec("setsid -f busybox nc -ll -p 22 -e cat > /dev/null 2>&1 < /dev/null");
  await connect();
  await works();
  saved = await said("iptables-save");
  rules = await ruleset();
  before = await host.snapshot();
});
afterAll(() => testbed?.stop());

test("what was found is written, never over a file", async () => {
  stack = await testbed.stack("");
  const directory = join(stack.dir, "hv1");
  const first = await adopt(directory);
  expect(first.exitCode).toBe(0);
  const program = await readFile(join(directory, "index.ts"), "utf8");
  await stack.write({ "index.ts": program });
  expect(program).toContain(
    `replaces: { unit: "dnsmasq@virbr10.service", leaseFile: "/var/lib/dnsmasq/virbr10/leases" }`,
  );
  const second = await adopt(directory);
  expect(second.exitCode).toBe(2);
  expect(second.stderr).toContain("index.ts is there already, and nothing is overwritten. Name another directory");
});

test("to look and to import changes nothing on the host; it is taken over while a connection goes on", async () => {
  succeeded(await stack.import("--file", "hv1/import.json", "--generate-code=false", "--protect=false"));
  expect(await left()).toEqual([]);
  const nics = await said("virsh -q dumpxml vm1; virsh -q dumpxml --inactive vm1; virsh -q dumpxml vm2");
  const up = succeeded(await stack.up());
  expect(changes(up)).toMatchObject({ update: 4, create: 3 });
  await works();
  expect(await said("virsh -q dumpxml vm1; virsh -q dumpxml --inactive vm1; virsh -q dumpxml vm2")).toBe(nics);
  expect(await said("systemctl is-active dnsmasq@virbr10 kvmnet-dnsmasq@virbr10 || true")).toBe("inactive\nactive");
  expect(await said("virsh -q net-list --all")).toMatch(/default +active +yes +yes/);
  expect(await ruleset()).toBe(rules);
  const outputs = (await stack.export()).deployment.resources?.find(({ type }) => type.endsWith("DnsmasqInstance"));
  expect(JSON.stringify(outputs?.outputs?.leases)).toContain(other.mac);
  succeeded(await stack.up("--expect-no-changes"));
  succeeded(await stack.refresh("--expect-no-changes"));
});

test("the rules by hand can go, by the commands that the program names", async () => {
  const program = await readFile(join(stack.dir, "index.ts"), "utf8");
  const commands = [...program.matchAll(/^\/\/ {3}(iptables .*)$/gm)].map(([, command]) => command);
  expect(commands.length).toBe(19);
  await testbed.host.exec(commands.join("\n"));
  expect(await said("iptables-save | grep -c virbr10 || true")).toBe("0");
  await works();
  succeeded(await stack.up("--expect-no-changes"));
  await testbed.host.exec("iptables-restore", { input: `${saved}\n` });
});

test("a destroy gives it back as it was, with the leases of the meantime", async () => {
  const late = await testbed.host.guest({ name: "late", bridge: "virbr10" });
  const { ip } = await late.dhcp({ timeout: 30_000 });
  succeeded(await stack.destroy());
  // Flows through a forward that goes are cut.
  await connect();
  await works();
  expect((await late.renew()).ip).toBe(ip);
  expect(await said("cat /var/lib/dnsmasq/virbr10/leases")).toContain(late.mac);
  await late.unplug();
  expect(await ruleset()).toBe(rules);
  expect(await left()).toEqual([]);
});
