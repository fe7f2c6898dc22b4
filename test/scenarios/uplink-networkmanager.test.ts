import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type QuickHost, type Snapshot, SPARE_PORT } from "../lab/quick/index.ts";
import type { Stack } from "../lab/stack.ts";
import { changes, program, succeeded, Testbed } from "../lab/testbed.ts";
import { kindOf } from "../matrix/kinds.ts";
import { isAsBefore } from "./as-before.ts";

/** A host whose uplink NetworkManager keeps: it hands it over, and keeps the bridge. */
let testbed: Testbed;
let host: QuickHost;
let stack: Stack;
let before: Snapshot;

beforeAll(async () => {
  const kind = kindOf("NetworkManager, bookworm").host;
  testbed = await Testbed.start({ ...kind, name: "hv1", files: { ...kind.files, ...SPARE_PORT } });
  host = testbed.host;
  // What it notes for itself at a boot is there before, too.
  await host.reboot();
  before = await host.snapshot();
  stack = await testbed.stack(`new kvmnet.Bridge("br0", { uplink: "eth0" });`);
});
afterAll(() => testbed?.stop());

const active = async () => (await host.exec("nmcli -t -f DEVICE,NAME connection show --active | sort")).stdout;
const MOVED = /^br0:kvmnet-br0\neth0:kvmnet-port-eth0(\nlo:lo)?$/;

test("what a profile gave the interface it gives the bridge, over a reboot too; a destroy brings all back", async () => {
  expect(changes(succeeded(await stack.up()))).toMatchObject({ create: 2 });
  const { stdout } = await host.exec("ip -br addr show dev br0; ip -br addr show dev eth0 scope global");
  expect(stdout).toMatch(/^br0 .*198\.51\.100\.2\/24 .*2001:db8:51::2\/64/m);
  expect(stdout).not.toMatch(/^eth0 .*198\.51/m);
  // The resolver and the metric are the profile's.
  const { stdout: rest } = await host.exec("ip route show default; ip -6 route show default; cat /etc/resolv.conf");
  expect(rest).toMatch(/via 198\.51\.100\.1 dev br0 .*metric 100.*\n.*via 2001:db8:51::1 dev br0 .*metric 100/);
  expect(rest).toContain("nameserver 198.51.100.1");
  expect(await active()).toMatch(MOVED);
  await host.reboot();
  await vi.waitFor(async () => expect(await active()).toMatch(MOVED), { timeout: 10_000 });
  succeeded(await stack.refresh("--expect-no-changes"));
  succeeded(await stack.destroy());
  await isAsBefore(host, before);
});

test("another port that it leaves alone by itself is one after a boot, too, and is left alone in the end", async () => {
  const withPort = program(`new kvmnet.Bridge("br0", { uplink: "eth0", ports: ["p0"] });`);
  const PORT = /^br0:kvmnet-br0\neth0:kvmnet-port-eth0\n(lo:lo\n)?p0:kvmnet-port-p0$/;
  const ports = async () => (await host.exec("ls /sys/class/net/br0/brif")).stdout.trim();
  succeeded(await stack.up());
  const alone = (await host.exec("ip -o link show dev eth0")).stdout;
  await stack.write(withPort);
  expect(changes(succeeded(await stack.up()))).toMatchObject({ update: 1 });
  expect(await active()).toMatch(PORT);
  // What was there stays as it was meanwhile.
  expect((await host.exec("ip -o link show dev eth0")).stdout).toBe(alone);
  await host.reboot();
  await vi.waitFor(async () => expect(await active()).toMatch(PORT), { timeout: 10_000 });
  expect(await ports()).toBe("eth0\np0");
  succeeded(await stack.refresh("--expect-no-changes"));
  // Who takes it away is seen, and undone.
  await host.exec("nmcli connection down kvmnet-port-p0");
  expect(changes(succeeded(await stack.up("--refresh")))).toMatchObject({ update: 1 });
  expect(await active()).toMatch(PORT);
  expect(await ports()).toBe("eth0\np0");
  succeeded(await stack.destroy());
  // This it leaves as it was while it had the port, until the next boot.
  await host.exec("sysctl -q net.ipv6.conf.p0.accept_ra=1");
  await isAsBefore(host, before);
});
