import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { QuickHost } from "../lab/quick/index.ts";
import type { Stack } from "../lab/stack.ts";
import { changes, program, succeeded, Testbed } from "../lab/testbed.ts";

/** A host whose uplink is addressed by others: DHCP for IPv4, router advertisements for IPv6. */
let testbed: Testbed;
let host: QuickHost;
let stack: Stack;

const uplink = `[Match]
Name=eth0

[Network]
DHCP=ipv4
IPv6AcceptRA=yes
`;
const nas = { mac: "52:54:00:00:00:40", address: "198.51.100.40" };
/** One address to lease, the one that the lab's way in leads to, and one for a guest; a resolver; SLAAC. */
const server = [
  "dnsmasq --port=0 --leasefile-ro --dhcp-authoritative --enable-ra",
  "--dhcp-range=198.51.100.2,198.51.100.2,10m --dhcp-option=option:router,198.51.100.1",
  `--dhcp-range=198.51.100.0,static --dhcp-host=${nas.mac},${nas.address}`,
  "--dhcp-option=option:dns-server,198.51.100.53 --dhcp-range=2001:db8:51::,ra-only",
].join(" ");

beforeAll(async () => {
  testbed = await Testbed.start("hv1");
  host = testbed.host;
  await host.outside.exec(server);
  await host.exec("cat > /etc/systemd/network/10-uplink.network && networkctl reload && networkctl reconfigure eth0", {
    input: uplink,
  });
  await vi.waitUntil(async () => /inet 198[\s\S]*inet6 2001:[\s\S]* mngtmpaddr/.test(await addresses("eth0")), {
    timeout: 30_000,
  });
  stack = await testbed.stack(`new kvmnet.Bridge("br0", { uplink: "eth0" });`);
});
afterAll(() => testbed?.stop());

const addresses = async (link: string) => (await host.exec(`ip -o addr show dev ${link} scope global`)).stdout;
const leased = (text: string) => [...text.matchAll(/inet6? (\S+)/g)].map(([, address]) => address).sort();
const defaults = async () => (await host.exec("ip route show default; ip -6 route show default")).stdout;
/** What the client calls itself, and what the server gave it besides an address. */
const lease = async () => (await host.exec("grep -hE '^(CLIENTID|DNS|ROUTER)=' /run/systemd/netif/leases/*")).stdout;

test("leased addresses, routes and resolvers move to the bridge, to the server it is the same client; over a reboot too", async () => {
  const before = leased(await addresses("eth0"));
  expect(before).toHaveLength(2);
  const asked = await lease();
  expect(asked).toMatch(/CLIENTID=ff[\s\S]*|DNS=198\.51\.100\.53/);
  succeeded(await stack.up());
  // networkd sets an address and the route of the same advertisement one after the other.
  const all = async () => {
    expect(leased(await addresses("br0"))).toEqual(before);
    expect(await defaults()).toMatch(/default via 198\.51\.100\.1 dev br0 proto dhcp[\s\S]*dev br0 proto ra/);
  };
  const settled = () => vi.waitFor(all, { timeout: 20_000, interval: 500 });
  await settled();
  expect(leased(await addresses("eth0"))).toEqual([]);
  expect(await lease()).toBe(asked);
  expect(changes(succeeded(await stack.up()))).toEqual({ same: 2 });
  await host.reboot();
  await settled();
  succeeded(await stack.refresh("--expect-no-changes"));
});

test("a guest on the bridge is a machine of the LAN: its router's lease, its own address, reached by all", async () => {
  const guest = await host.guest({ name: "nas", mac: nas.mac, bridge: "br0" });
  expect(await guest.dhcp()).toMatchObject({ ip: nas.address, router: "198.51.100.1" });
  await host.outside.answer("tcp", 81);
  await guest.answer("tcp", 81);
  expect(await guest.dial("198.51.100.1", 81)).toBe(`${nas.address} outside`);
  expect(await host.outside.dial(nas.address, 81)).toBe("198.51.100.1 nas");
  expect((await host.exec(`busybox nc -w 3 ${nas.address} 81 < /dev/null`)).stdout).toBe("198.51.100.2 nas");
  await guest.unplug();
});

test("a destroy gives them back to the interface", async () => {
  succeeded(await stack.destroy());
  await vi.waitFor(
    async () => {
      expect(leased(await addresses("eth0"))).toHaveLength(2);
      expect(await defaults()).toMatch(/default via 198\.51\.100\.1 dev eth0 proto dhcp[\s\S]*dev eth0 proto ra/);
    },
    { timeout: 20_000, interval: 500 },
  );
  expect((await host.exec("ls /etc/systemd/network /sys/class/net")).stdout).not.toMatch(/kvmnet|br0/);
});

test("a network without a DHCP server leases nothing, and nothing of the change is left", async () => {
  await host.exec(
    "printf '[Match]\\nName=dead0\\n[Network]\\nIPv6AcceptRA=no\\n' > /etc/systemd/network/20-dead0.network && networkctl reload && " +
      "ip link add dead0 type veth peer name dead1 && ip link set dead0 up && ip link set dead1 up",
  );
  await stack.write(program(`new kvmnet.Bridge("br0", { uplink: "dead0", dhcp4: true });`));
  const { exitCode, stdout } = await stack.up();
  expect(exitCode).not.toBe(0);
  expect(stdout).toContain("br0 got no address by DHCP within 15 s");
  expect((await host.exec("ls /etc/systemd/network /sys/class/net")).stdout).not.toMatch(/kvmnet|br0/);
  expect(leased(await addresses("eth0"))).toHaveLength(2);
});
