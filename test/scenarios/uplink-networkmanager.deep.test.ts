import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { QuickHost, Snapshot } from "../lab/quick/index.ts";
import type { Stack } from "../lab/stack.ts";
import { changes, succeeded, Testbed } from "../lab/testbed.ts";
import { kindOf } from "../matrix/kinds.ts";
import { isAsBefore } from "./as-before.ts";

let testbed: Testbed;
let host: QuickHost;
let stack: Stack;
let before: Snapshot;

async function start(kind: string): Promise<void> {
  testbed = await Testbed.start({ ...kindOf(kind).host, name: "hv1" });
  host = testbed.host;
  stack = await testbed.stack(`new kvmnet.Bridge("br0", { uplink: "eth0", confirmTimeoutSeconds: 15 });`);
}
const active = async () =>
  (await host.exec("nmcli -t -f DEVICE,NAME connection show --active | grep -v ^lo: | sort")).stdout;
const MOVED = "br0:kvmnet-br0\neth0:kvmnet-port-eth0";

describe("on trixie, where a bridge cuts the host off", () => {
  // What the host's own scripts do when a connection comes may not suit a bridge.
  const script = "/etc/NetworkManager/dispatcher.d/deaf";
  beforeAll(async () => {
    await start("NetworkManager, trixie");
    await host.exec(
      `printf '#!/bin/sh\\n[ "$1 $2" != "br0 up" ] || ip link set br0 arp off\\n' > ${script} && chmod 755 ${script}`,
    );
    await host.reboot();
    before = await host.snapshot();
  });
  afterAll(() => testbed?.stop());

  test("it puts its old network back within the time", async () => {
    const failed = await stack.up();
    expect(failed.exitCode).not.toBe(0);
    expect(failed.stdout + failed.stderr).toContain("so it put back what was there before");
    await isAsBefore(host, before);
  });

  test("and a power cut meanwhile brings it up with its old network", async () => {
    const waits = async () => !(await host.exec("ls /run/kvmnet/pending", { mayFail: true })).exitCode;
    const running = stack.spawn(["up"]);
    await vi.waitUntil(async () => (await waits()) && (await active()) === MOVED, { timeout: 60_000 });
    await host.powerCut();
    await host.powerOn();
    await running.done;
    await isAsBefore(host, before);
    await stack.unlock();
    await host.exec(`rm ${script}`);
  });

  test("otherwise it is moved, over a reboot and a bridge that somebody deletes; a destroy brings all back", async () => {
    before = await host.snapshot();
    succeeded(await stack.up("--refresh"));
    await host.exec("ip link del br0 && ip addr add 198.51.100.2/24 dev eth0");
    succeeded(await stack.up("--refresh"));
    expect(await active()).toBe(MOVED);
    expect((await host.exec("ip -br addr show dev eth0 scope global")).stdout).not.toContain("198.51");
    await host.reboot();
    await vi.waitFor(async () => expect(await active()).toBe(MOVED), { timeout: 10_000 });
    succeeded(await stack.refresh("--expect-no-changes"));
    succeeded(await stack.destroy());
    await isAsBefore(host, before);
  });
});

describe("a profile that NetworkManager made up itself", () => {
  /** One address to lease, the one that the lab's way in leads to. */
  const server = [
    "dnsmasq --port=0 --leasefile-ro --dhcp-authoritative --enable-ra",
    "--dhcp-range=198.51.100.2,198.51.100.2,10m --dhcp-option=option:router,198.51.100.1",
    "--dhcp-option=option:dns-server,198.51.100.53 --dhcp-range=2001:db8:51::,ra-only",
  ].join(" ");
  const leased = async (link: string) => {
    const { stdout } = await host.exec(`ip -o addr show dev ${link} scope global`);
    return [...stdout.matchAll(/inet6? (\S+)/g)].map(([, address]) => address).sort();
  };
  const client = async () => (await host.exec("grep -h client_identifier /run/NetworkManager/devices/*")).stdout;
  const defaults = async () => (await host.exec("ip route show default; ip -6 route show default")).stdout;

  beforeAll(async () => {
    await start("NetworkManager, bookworm");
    await host.outside.exec(server);
    await host.exec(
      "rm /etc/NetworkManager/system-connections/*; systemctl stop NetworkManager; ip addr flush dev eth0; systemctl start NetworkManager",
    );
    await vi.waitUntil(async () => (await leased("eth0")).length === 2, { timeout: 20_000, interval: 500 });
  });
  afterAll(() => testbed?.stop());

  test("moves with the lease; to the server it is the same client, over a reboot too", async () => {
    const [ipv4, ipv6] = await leased("eth0");
    expect(ipv6).toMatch(/^2001:/);
    const asked = await client();
    const settled = () =>
      vi.waitFor(async () => expect(await leased("br0")).toEqual([ipv4, expect.stringMatching(/^2001:/)]), {
        ...{ timeout: 20_000, interval: 500 },
      });
    succeeded(await stack.up());
    await settled();
    expect(await leased("eth0")).toEqual([]);
    expect(await client()).toBe(asked);
    expect(await defaults()).toMatch(/dev br0 proto dhcp .*metric 100[\s\S]*dev br0 proto ra .*metric 100/);
    expect(changes(succeeded(await stack.up()))).toEqual({ same: 2 });
    await host.reboot();
    await settled();
    succeeded(await stack.refresh("--expect-no-changes"));
  });

  test("and is made up again after a destroy", async () => {
    succeeded(await stack.destroy());
    await vi.waitFor(async () => expect(await active()).toBe("eth0:Wired connection 1"), { timeout: 10_000 });
    await vi.waitFor(async () => expect(await leased("eth0")).toHaveLength(2), { timeout: 20_000 });
    const left = await host.exec("ls /etc/NetworkManager/system-connections /sys/class/net");
    expect(left.stdout).not.toMatch(/kvmnet|br0/);
  });
});
