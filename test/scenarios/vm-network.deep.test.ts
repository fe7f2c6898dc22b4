import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { OUTSIDE_URL } from "../lab/qemu/host.ts";
import { succeeded } from "../lab/testbed.ts";
import { TwoGuests } from "./two-guests.ts";

/** What namespaces cannot show: dummy interfaces, frames between guests, libvirt's guests, and a boot of real units. */
const body = (guestToGuest = "deny") => `
const backend = "systemd";
const anchor = new kvmnet.DummyIface("d0", { backend, mtu: 1400 });
const lone = new kvmnet.DummyIface("d1", { backend, addresses: ["10.30.0.1/24", "fd00:30::1/64"], mac: "52:54:00:30:00:01" });
const bridge = new kvmnet.Bridge("br0", { backend, ports: [anchor], addresses: ["10.10.10.1/24"], stp: true, vlanFiltering: true });
const network = new kvmnet.NatNetwork("br0", { bridge, guestToGuest: "${guestToGuest}" });
const dhcp = new kvmnet.DnsmasqInstance("br0", { bridge, domain: "lab.internal" });
const inContainer = { uri: "lxc:///system", bridge, dhcp };
new kvmnet.VmInterface("a", { domain: "a", ...inContainer, address: "10.10.10.11", hostname: "a" });
new kvmnet.VmInterface("b", { domain: "b", ...inContainer, address: "10.10.10.12", hostname: "b" });`;

let bed: TwoGuests;
let { host, stack, a, b } = {} as TwoGuests;

beforeAll(async () => {
  bed = await TwoGuests.start("vm-network", body());
  ({ host, stack, a, b } = bed);
});
afterAll(() => bed?.stop());

test("a dummy has its addresses and mtu, and one that joins is a port", async () => {
  expect(await bed.said("ip -d -o link show d0")).toMatch(/mtu 1400 .*master br0 .*dummy/);
  expect(await bed.said("cat /sys/class/net/d1/address")).toBe("52:54:00:30:00:01");
  expect(await bed.said("ip -o addr show d1")).toMatch(/10\.30\.0\.1\/24[\s\S]*fd00:30::1\/64/);
  // Everybody below is in its VLAN 1.
  expect(await bed.said("cat /sys/class/net/br0/bridge/vlan_filtering")).toMatch(/^1$/m);
});

test("guests get their reserved addresses, and are kept apart where it is so asked, whatever they try", async () => {
  expect(await a.address()).toBe("10.10.10.11");
  expect(await b.address()).toBe("10.10.10.12");
  expect(await bed.reaches(a, "10.10.10.12")).toBe(false);
  await a.run("ip route add 10.10.10.12/32 via 10.10.10.1");
  expect(await bed.reaches(a, "10.10.10.12")).toBe(false);
  await a.run("ip route del 10.10.10.12/32");
  const gateway = (await bed.said("cat /sys/class/net/br0/address")).trim();
  expect(await bed.gatewayAsKnown()).toEqual([gateway]);
  await bed.write(body("allow"));
  succeeded(await stack.up());
  expect(await bed.reaches(a, "10.10.10.12")).toBe(true);
  expect(await bed.gatewayAsKnown()).toHaveLength(2);
  await b.run("arp -d 10.10.10.1");
});

test("libvirt is restarted, and loads its own rules again: guests are in reach within 5 s, rules of others are as before", async () => {
  const theirs =
    "table inet theirs {\n counter seen { packets 7 bytes 700 }\n chain in { type filter hook input priority 0; accept; }\n}\n";
  await host.ssh("virsh -q net-start default && nft -f -", { input: theirs });
  const foreign = () =>
    bed.said("nft -s list ruleset | awk '/^table/ { ours = / kvmnet_/ } !ours'; nft list counters table inet theirs");
  const numbered = () => bed.said("nft -a list chain ip nat LIBVIRT_PRT");
  const before = await foreign();
  expect(before).toMatch(/LIBVIRT_FWO[\s\S]*packets 7 bytes 700/);
  const inReach = async () => {
    const fetch = `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 3 10.10.10.12 80; wget -q -O - ${OUTSIDE_URL}`;
    expect((await a.run(fetch)).stdout).toMatch(/guest b[\s\S]*outside/);
  };
  await inReach();
  const old = await numbered();
  await host.ssh("systemctl restart libvirtd");
  const began = Date.now();
  await vi.waitFor(inReach, { timeout: 5_000, interval: 100 });
  console.log(`guests are in reach ${Date.now() - began} ms after libvirt's restart`);
  // It takes its rules away and adds them again, one by one, and takes its time.
  const loaded = async () => {
    expect(await foreign()).toBe(before);
    expect(await numbered()).not.toBe(old);
  };
  await vi.waitFor(loaded, { timeout: 60_000, interval: 1_000 });
  await inReach();
  expect(await bed.said("curl -s -m 2 http://10.10.10.11/ http://10.10.10.12/")).toMatch(/guest a[\s\S]*guest b/);
  await host.ssh("nft delete table inet theirs; virsh -q net-destroy default");
  succeeded(await stack.refresh("--expect-no-changes"));
});

test("a bridge deleted by hand comes back with the guests on it", async () => {
  await host.ssh("ip link del br0");
  expect(succeeded(await stack.refresh("--diff")).stdout).toMatch(/Bridge.*br0/);
  succeeded(await stack.up());
  const { stdout } = await host.ssh("ls /sys/class/net/br0/brif | wc -l");
  expect(Number(stdout)).toBe(3);
  expect(await bed.reaches(a, "10.10.10.12")).toBe(true);
});

test("plain systemd units make it all again at boot, and destroy leaves no link", async () => {
  await host.reboot();
  expect(await a.address()).toBe("10.10.10.11");
  expect(await b.address()).toBe("10.10.10.12");
  expect(await bed.reaches(a, "10.10.10.12")).toBe(true);
  expect(await bed.said("ip -br addr show br0; ip -d -o link show d0")).toMatch(/10\.10\.10\.1\/24[\s\S]*master br0/);
  succeeded(await stack.refresh("--expect-no-changes"));
  succeeded(await stack.destroy());
  expect(
    await bed.said("ip -br link show type bridge; ip -br link show type dummy; ls -d /etc/kvmnet /var/lib/kvmnet"),
  ).toBe("");
});
