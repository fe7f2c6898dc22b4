import { afterAll, beforeAll, expect, test } from "vitest";
import { differences, type QuickHost, type Snapshot } from "../lab/quick/index.ts";
import type { Stack } from "../lab/stack.ts";
import { network, succeeded, Testbed } from "../lab/testbed.ts";
import { kindOf } from "./kinds.ts";

const { host: options, setUp, coexist } = kindOf("firewalld, bookworm");
let testbed: Testbed;
let host: QuickHost;
let stack: Stack;
let before: Snapshot;

beforeAll(async () => {
  testbed = await Testbed.start({ ...options, name: "hv1" });
  host = testbed.host;
  stack = await testbed.stack(network(coexist && { coexist }));
  await host.exec(`${setUp}`);
  await host.reboot();
  before = await host.snapshot();
});
afterAll(() => testbed?.stop());

test("what firewalld was told of a network is taken out of its files while it is stopped", async () => {
  succeeded(await stack.up());
  const zone = "/etc/firewalld/zones/trusted.xml";
  expect((await host.exec(`cat ${zone}`)).stdout).toContain('<interface name="br0"/>');
  await host.exec("systemctl stop firewalld");
  succeeded(await stack.destroy());
  expect((await host.exec(`cat ${zone} 2> /dev/null || :`)).stdout).not.toContain("br0");
  await host.reboot();
  expect(differences(before, await host.snapshot())).toEqual([]);
  // And is told again.
  succeeded(await stack.up());
  expect((await host.exec("firewall-cmd --zone=trusted --list-interfaces")).stdout.trim()).toBe("br0");
});
