import { afterAll, beforeAll, expect, test } from "vitest";
import { differences, type Guest, type QuickHost, type Snapshot } from "../lab/quick/index.ts";
import type { Stack } from "../lab/stack.ts";
import { network, program, succeeded, Testbed } from "../lab/testbed.ts";

const HOST = "198.51.100.2";
const HOST6 = "2001:db8:51::2";

let testbed: Testbed;
let host: QuickHost;
let stack: Stack;
let guest: Guest;
let before: Snapshot;

const policy = (ingress: string, more = "") =>
  network({
    extra: `new kvmnet.HostFirewall("hv1", { ingress: [${ingress}], ${more} });
new kvmnet.PortForward("web", { network, target: "10.10.10.10", ports: [{ port: 8080, targetPort: 80 }] });`,
  }).replace("{ bridge }", "{ bridge, hostServices: [{ ports: [8123] }] }");
const write = (body: string) => stack.write("index.ts", program(body)["index.ts"] ?? "");

beforeAll(async () => {
  testbed = await Testbed.start("hv1");
  host = testbed.host;
  before = await host.snapshot();
  stack = await testbed.stack(policy(`{ ports: [8124] }, { ports: [8125], sourceRanges: ["2001:db8:51::/64"] }`));
  succeeded(await stack.up());
  guest = await host.guest({ name: "web", mac: "52:54:00:00:00:10", bridge: "br0" });
  for (const port of [8123, 8124, 8125, 8126]) await host.exec(`setsid -f busybox httpd -p '[::]:${port}' -h /tmp`);
});
afterAll(() => testbed?.stop());

/** Whether the machine outside gets through to a port of the host: refused counts, silence does not. */
const lets = async (from: Guest | QuickHost["outside"], address: string, port: number) =>
  (await from.exec(`curl -s -o /dev/null --max-time 2 'http://${address}:${port}/'`, { mayFail: true })).exitCode !==
  28;

test("what is listed is let in, from where it is listed, and nothing else", async () => {
  expect(await lets(host.outside, HOST, 8124)).toBe(true);
  expect(await lets(host.outside, HOST, 8126)).toBe(false);
  expect(await lets(host.outside, HOST, 8125)).toBe(false);
  expect(await lets(host.outside, `[${HOST6}]`, 8125)).toBe(true);
  expect((await host.outside.exec(`ping -c 1 -W 2 ${HOST}`)).exitCode).toBe(0);
  expect((await host.outside.exec(`ping -c 1 -W 2 ${HOST6}`)).exitCode).toBe(0);
});

test("guests get their lease, names and what their network admits; forwards are no business of the host's policy", async () => {
  const lease = await guest.dhcp();
  expect(lease.ip).toBe("10.10.10.10");
  expect((await guest.exec("busybox nslookup web.lab.internal 10.10.10.1")).stdout).toContain("10.10.10.10");
  expect(await lets(guest, "10.10.10.1", 8123)).toBe(true);
  expect(await lets(host.outside, HOST, 8123)).toBe(false);
  await guest.serve("80");
  expect(await host.outside.fetch(`http://${HOST}:8080/`)).toBe("web");
});

test("it stands after a reboot, does nothing unasked, and a change of it needs no new address", async () => {
  succeeded(await stack.refresh("--expect-no-changes"));
  await host.reboot();
  succeeded(await stack.up("--expect-no-changes"));
  succeeded(await stack.refresh("--expect-no-changes"));
});

test("ranges that leave the user out are refused at preview", async () => {
  await write(policy("", 'sshSourceRanges: ["203.0.113.0/24"]'));
  const { exitCode, stdout } = await stack.preview();
  expect(exitCode).not.toBe(0);
  expect(stdout).toContain(
    "sshSourceRanges: none of 203.0.113.0/24 contains 198.51.100.1, where you come from; hv1 would lock you out. Add it.",
  );
});

test("a port that Docker publishes goes past it, and is named", async () => {
  // As Docker 20.10 writes them.
  const rule = "! -i docker0 -p tcp -m tcp --dport 8088 -j DNAT --to-destination 10.10.10.10:80";
  await host.exec("iptables -t nat -N DOCKER; iptables -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER");
  await host.exec(`iptables -t nat -A DOCKER ${rule}; iptables -t nat -A DOCKER -d 127.0.0.1/32 ${rule}`);
  await guest.unplug();
  await write(policy("", 'sshSourceRanges: ["203.0.113.0/24", "198.51.100.1"], ping: false'));
  expect(succeeded(await stack.up()).stdout).toContain(
    "Docker publishes tcp 8088 (10.10.10.10:80) on hv1. What comes for these is forwarded, and a HostFirewall does not see it.",
  );
  await host.exec("nft delete table ip nat");
});

test("it goes without a trace", async () => {
  succeeded(await stack.destroy());
  // After the reboot libvirt starts when somebody asks for it.
  const left = differences(before, await host.snapshot()).map(({ key }) => key);
  expect(left.filter((key) => !key.startsWith("file:/run/libvirt"))).toEqual([]);
});
