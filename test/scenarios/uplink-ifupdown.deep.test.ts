import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { QuickHost, Snapshot } from "../lab/quick/index.ts";
import type { Stack } from "../lab/stack.ts";
import { changes, succeeded, Testbed } from "../lab/testbed.ts";
import { kindOf } from "../matrix/kinds.ts";
import { isAsBefore } from "./as-before.ts";

/** A host whose uplink ifupdown keeps: it hands it over, and keeps the bridge. */
let testbed: Testbed;
let host: QuickHost;
let stack: Stack;
let before: Snapshot;

beforeAll(async () => {
  testbed = await Testbed.start({ ...kindOf("ifupdown, bookworm").host, name: "hv1" });
  host = testbed.host;
  before = await host.snapshot();
  stack = await testbed.stack(`new kvmnet.Bridge("br0", { uplink: "eth0", confirmTimeoutSeconds: 15 });`);
});
afterAll(() => testbed?.stop());

const routes = async () => (await host.exec("ip route show default; ip -6 route show default")).stdout;
const state = async () => (await host.exec("ifquery --state | sort")).stdout.trim().split("\n");
const MOVED = ["br0=eth0", "eth0=kvmnet-port-eth0", "lo=lo"];

test("what ifupdown gave the interface it gives the bridge, over a reboot too; a destroy brings all back", async () => {
  expect(changes(succeeded(await stack.up()))).toMatchObject({ create: 2 });
  const { stdout } = await host.exec("ip -br addr show dev br0; ip -br addr show dev eth0 scope global");
  expect(stdout).toMatch(/^br0 .*198\.51\.100\.2\/24 .*2001:db8:51::2\/64/m);
  expect(stdout).not.toMatch(/^eth0 .*198\.51/m);
  expect(await routes()).toMatch(/default via 198\.51\.100\.1 dev br0.*\n.*default via 2001:db8:51::1 dev br0/);
  expect(await state()).toEqual(MOVED);
  expect(changes(succeeded(await stack.up()))).toEqual({ same: 2 });
  await host.reboot();
  expect(await state()).toEqual(MOVED);
  succeeded(await stack.refresh("--expect-no-changes"));
  succeeded(await stack.destroy());
  await isAsBefore(host, before);
});

test("it outlives a restart of the host's networking, and a bridge that somebody deletes is made again", async () => {
  succeeded(await stack.up());
  // ifupdown notes for itself that it was stopped.
  await host.exec("systemctl restart networking && rm /run/network/restart-hotplug");
  expect(await state()).toEqual(MOVED);
  succeeded(await stack.refresh("--expect-no-changes"));
  // Nobody comes in until it is there again.
  await host.exec("ip link del br0 && ip addr add 198.51.100.2/24 dev eth0");
  succeeded(await stack.up("--refresh"));
  expect(await state()).toEqual(MOVED);
  expect((await host.exec("ip -br addr show dev eth0 scope global")).stdout).not.toContain("198.51");
  succeeded(await stack.destroy());
  await isAsBefore(host, before);
});

describe("where a bridge cuts the host off", () => {
  // What the host's own files do when an interface comes may not suit a bridge.
  const hook = "/etc/network/if-up.d/deaf";
  beforeAll(() =>
    host.exec(`printf '#!/bin/sh\\n[ "$IFACE" != br0 ] || ip link set br0 arp off\\n' > ${hook} && chmod 755 ${hook}`),
  );

  test("it puts its old network back within the time", async () => {
    const failed = await stack.up();
    expect(failed.exitCode).not.toBe(0);
    expect(failed.stdout + failed.stderr).toContain("so it put back what was there before");
    expect(await state()).toEqual(["eth0=eth0", "lo=lo"]);
  });

  test("and a power cut meanwhile brings it up with its old network", async () => {
    const waits = async () => !(await host.exec("ls /run/kvmnet/pending", { mayFail: true })).exitCode;
    const running = stack.spawn(["up"]);
    await vi.waitUntil(async () => (await waits()) && (await state()).includes("br0=eth0"), { timeout: 60_000 });
    await host.powerCut();
    await host.powerOn();
    await running.done;
    await host.exec(`rm ${hook}`);
    await isAsBefore(host, before);
    await stack.unlock();
    succeeded(await stack.destroy());
    await isAsBefore(host, before);
  });
});

describe("a lease of dhcpcd's, on trixie", () => {
  let other: Testbed;
  beforeAll(async () => {
    other = await Testbed.start({
      ...kindOf("ifupdown, trixie").host,
      ...{ name: "hv2", packages: ["ifupdown", "dhcpcd-base"] },
    });
    await other.host.outside.exec(
      "dnsmasq --port=0 --leasefile-ro --dhcp-authoritative --dhcp-range=198.51.100.2,198.51.100.2,10m --dhcp-option=option:router,198.51.100.1",
    );
    await other.host.exec("ifdown eth0 && cat > /etc/network/interfaces && ifup eth0", {
      input: "source /etc/network/interfaces.d/*\nauto lo eth0\niface lo inet loopback\niface eth0 inet dhcp\n",
    });
    await leasedOn("eth0");
  });
  afterAll(() => other?.stop());
  const leasedOn = (link: string) =>
    vi.waitFor(
      async () => {
        const { stdout } = await other.host.exec(
          "ip -o -4 addr show scope global; ip route show default; ls /run/dhcpcd",
        );
        expect(stdout).toMatch(
          new RegExp(`^\\d+: ${link} +inet 198\\.51\\.100\\.2/24[^]*via 198\\.51\\.100\\.1 dev ${link} `),
        );
      },
      { timeout: 20_000, interval: 500 },
    );

  test("goes on on the bridge, over a reboot, and back", async () => {
    const made = await other.stack(`new kvmnet.Bridge("br0", { uplink: "eth0" });`);
    const { stdout: identity } = await other.host.exec("cat /var/lib/dhcpcd/duid");
    succeeded(await made.up());
    await leasedOn("br0");
    expect((await other.host.exec("cat /var/lib/dhcpcd/duid")).stdout).toBe(identity);
    await other.host.reboot();
    await leasedOn("br0");
    succeeded(await made.refresh("--expect-no-changes"));
    succeeded(await made.destroy());
    await leasedOn("eth0");
    expect((await other.host.exec("ls /var/lib/dhcpcd /run/dhcpcd")).stdout).not.toContain("br0");
  });
});
