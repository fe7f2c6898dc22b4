import { afterAll, beforeAll, expect, test } from "vitest";
import type { State } from "../../../provider/lifecycle/state.ts";
import { Direct } from "../../lab/direct.ts";
import { differences, QuickHost, type Snapshot } from "../../lab/quick/index.ts";

/** systemd-networkd's own DHCP server, with real clients. */
let host: QuickHost;
let direct: Direct;
let before: Snapshot;
let bridge: State;

const addresses = ["192.168.150.1/24"];
const leased = async (name: string) => {
  const guest = await host.guest({ name, bridge: "virbr0" });
  const lease = await guest.dhcp();
  await guest.unplug();
  return lease;
};

beforeAll(async () => {
  host = await QuickHost.start({ name: "networkd" });
  direct = new Direct(host.name, host.sshConfig);
  before = await host.snapshot();
});
afterAll(() => host?.stop());

test("who does not keep links with systemd-networkd is told what to do instead", async () => {
  const args = { addresses, backend: "systemd", dhcpServer: {} };
  await expect(direct.make("bridge", "virbr0", args)).rejects.toThrow(
    "dhcpServer: needs systemd-networkd, which does not keep the links of networkd. Use a DnsmasqInstance.",
  );
});

test("guests lease an address of the pool, and are told of router and resolver", async () => {
  const args = { addresses, dhcpServer: { poolOffset: 100, poolSize: 100, dns: ["9.9.9.9"] } };
  bridge = await direct.make("bridge", "virbr0", args);
  const lease = await leased("one");
  const last = Number(lease.ip?.split(".")[3]);
  expect(last).toBeGreaterThanOrEqual(100);
  expect(last).toBeLessThan(200);
  expect(lease).toMatchObject({ router: "192.168.150.1", dns: "9.9.9.9" });
  expect(await direct.stands("bridge", bridge, args)).toBe(true);
});

test("another pool holds for the next guest, over a reboot too", async () => {
  const args = { addresses, dhcpServer: { poolOffset: 50, poolSize: 1 } };
  bridge = await direct.change("bridge", bridge, args);
  await host.reboot();
  expect((await leased("two")).ip).toBe("192.168.150.50");
});

test("its MAC address is its own, whoever comes and goes, and its broadcast address the one that it was given", async () => {
  const given = [{ address: "192.168.150.1/24", broadcast: "192.168.150.127" }];
  const args = { addresses: given, dhcpServer: { poolOffset: 50, poolSize: 1 } };
  bridge = await direct.change("bridge", bridge, args);
  expect((await host.exec("ip -o -4 addr show dev virbr0")).stdout).toContain("brd 192.168.150.127 ");
  const mac = async () => (await host.exec("cat /sys/class/net/virbr0/address")).stdout;
  const own = await mac();
  const guest = await host.guest({ name: "low", bridge: "virbr0" });
  // Of its ports' addresses the kernel would take the lowest.
  await host.exec(`ip link set dev ${guest.port} address 02:00:00:00:00:01`);
  expect(await mac()).toBe(own);
  await guest.unplug();
  expect(await mac()).toBe(own);
});

test("a bridge has one DHCP server", async () => {
  const dhcp = { bridge: "virbr0", ipv4Cidr: "192.168.150.0/24", gateway: "192.168.150.1" };
  await expect(direct.make("dnsmasqInstance", "virbr0", dhcp)).rejects.toThrow(/A bridge has one DHCP server/);
});

test("without it nobody leases anything, and nothing is left of the bridge", async () => {
  bridge = await direct.change("bridge", bridge, { addresses });
  expect((await host.exec("ss -Hlun sport = :67")).stdout).toBe("");
  await direct.remove("bridge", bridge);
  expect(differences(before, await host.snapshot())).toEqual([]);
});
