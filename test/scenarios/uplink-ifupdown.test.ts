import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { QuickHost } from "../lab/quick/index.ts";
import type { Stack } from "../lab/stack.ts";
import { succeeded, Testbed } from "../lab/testbed.ts";
import { kindOf } from "../matrix/kinds.ts";

/** A host as Debian's installer leaves it: ifupdown keeps the uplink, dhclient leases its address, the kernel takes advertisements. */
let testbed: Testbed;
let host: QuickHost;
let stack: Stack;

const interfaces = `source /etc/network/interfaces.d/*

auto lo eth0
iface lo inet loopback
iface eth0 inet dhcp
iface eth0 inet6 auto
`;
/** One address to lease, the one that the lab's way in leads to. */
const server = [
  "dnsmasq --port=0 --leasefile-ro --dhcp-authoritative --enable-ra",
  "--dhcp-range=198.51.100.2,198.51.100.2,10m --dhcp-option=option:router,198.51.100.1",
  "--dhcp-range=2001:db8:51::,ra-only",
].join(" ");

beforeAll(async () => {
  const { host: options } = kindOf("ifupdown, bookworm");
  testbed = await Testbed.start({ ...options, name: "hv1", packages: ["ifupdown", "isc-dhcp-client"] });
  host = testbed.host;
  await host.outside.exec(server);
  await host.exec("ifdown eth0 && cat > /etc/network/interfaces && ifup eth0", { input: interfaces });
  await vi.waitUntil(async () => (await leased("eth0")).length === 2, { timeout: 20_000 });
  stack = await testbed.stack(`new kvmnet.Bridge("br0", { uplink: "eth0" });`);
});
afterAll(() => testbed?.stop());

const leased = async (link: string) => {
  const { stdout } = await host.exec(`ip -o addr show dev ${link} scope global dynamic`);
  return [...stdout.matchAll(/inet6? (\S+)/g)].map(([, address]) => address).sort();
};
const defaults = async () => (await host.exec("ip route show default; ip -6 route show default")).stdout;
const notes = async () =>
  (await host.exec("cat /var/lib/dhcp/*.leases | grep -E 'duid|interface'; ls /var/lib/dhcp")).stdout;
const duid = async () => /default-duid .*/.exec(await notes())?.[0];
const clients = async () => (await host.exec("pgrep -a dhclient")).stdout.trim().split("\n");

test("a lease of ifupdown's goes on on the bridge, to the server it is the same client; over a reboot too", async () => {
  const before = await leased("eth0");
  const asked = await duid();
  expect(asked).toMatch(/default-duid "/);
  succeeded(await stack.up());
  await vi.waitFor(async () => expect(await leased("br0")).toEqual(before), { timeout: 20_000, interval: 500 });
  expect(await leased("eth0")).toEqual([]);
  expect(await defaults()).toMatch(/default via 198\.51\.100\.1 dev br0[\s\S]*dev br0 proto ra/);
  expect(await duid()).toBe(asked);
  expect(await clients()).toEqual([expect.stringMatching(/ br0$/)]);
  expect((await host.exec("journalctl -q -b -t dhclient")).stdout).not.toContain("DHCPRELEASE");
  await host.reboot();
  await vi.waitFor(async () => expect(await leased("br0")).toEqual(before), { timeout: 20_000, interval: 500 });
  succeeded(await stack.refresh("--expect-no-changes"));
});

test("a destroy gives it back to the interface", async () => {
  const asked = await duid();
  succeeded(await stack.destroy());
  await vi.waitFor(
    async () => {
      expect(await leased("eth0")).toHaveLength(2);
      expect(await defaults()).toMatch(/default via 198\.51\.100\.1 dev eth0[\s\S]*dev eth0 proto ra/);
    },
    { timeout: 20_000, interval: 500 },
  );
  expect(await duid()).toBe(asked);
  expect(await clients()).toEqual([expect.stringMatching(/ eth0$/)]);
  expect((await host.exec("cat /etc/network/interfaces")).stdout).toBe(interfaces.trimEnd());
  const left = await host.exec("ls /etc/network/interfaces.d /sys/class/net /var/lib/dhcp; ifquery --state");
  expect(left.stdout).not.toMatch(/kvmnet|br0/);
});
