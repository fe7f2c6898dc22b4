import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { QuickHost, Snapshot } from "../lab/quick/index.ts";
import type { Stack } from "../lab/stack.ts";
import { changes, succeeded, Testbed } from "../lab/testbed.ts";
import { kindOf } from "../matrix/kinds.ts";
import { isAsBefore } from "./as-before.ts";

/** A host whose uplink NetworkManager keeps: it hands it over, and keeps the bridge. */
let testbed: Testbed;
let host: QuickHost;
let stack: Stack;
let before: Snapshot;

beforeAll(async () => {
  testbed = await Testbed.start({ ...kindOf("NetworkManager, bookworm").host, name: "hv1" });
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
