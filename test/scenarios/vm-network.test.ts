import { afterAll, beforeAll, expect, test } from "vitest";
import { type LxcGuest, lxcGuest, pausedQemuGuest } from "../lab/qemu/guests.ts";
import { LabHost } from "../lab/qemu/host.ts";
import { Stack } from "../lab/stack.ts";
import { program, succeeded } from "./bench.ts";

/** What namespaces cannot show: dummy interfaces, frames between guests, libvirt's guests, and a boot of real units. */
const body = (nic = 'linkState: "up"') => `
const backend = "systemd";
const anchor = new kvmnet.DummyIface("d0", { backend, mtu: 1400 });
const lone = new kvmnet.DummyIface("d1", { backend, addresses: ["10.30.0.1/24", "fd00:30::1/64"] });
const bridge = new kvmnet.Bridge("br0", { backend, ports: [anchor], addresses: ["10.10.10.1/24"], stp: true });
const network = new kvmnet.NatNetwork("br0", { bridge, guestToGuest: "deny" });
const dhcp = new kvmnet.DnsmasqInstance("br0", { bridge, domain: "lab.internal" });
const inContainer = { uri: "lxc:///system", bridge, dhcp };
new kvmnet.VmInterface("a", { domain: "a", ...inContainer, address: "10.10.10.11", hostname: "a" });
new kvmnet.VmInterface("b", { domain: "b", ...inContainer, address: "10.10.10.12", hostname: "b" });
new kvmnet.VmInterface("c", { domain: "c", bridge, mac: "52:54:00:00:00:0c", waitForAddressSeconds: 0, ${nic} });`;

let host: LabHost;
let stack: Stack;
let a: LxcGuest;
let b: LxcGuest;

beforeAll(async () => {
  host = await LabHost.start({ name: "vm-network", tcp: [] });
  a = await lxcGuest(host, { name: "a" });
  b = await lxcGuest(host, { name: "b" });
  await pausedQemuGuest(host, "c");
  stack = await Stack.create({
    program: program(body()),
    config: { "kvmnet:host": "vm-network" },
    env: { KVMNET_SSH_CONFIG: host.sshConfig },
  });
  succeeded(await stack.up());
});
afterAll(async () => {
  await stack?.dispose();
  await host?.stop();
});

const write = (text: string) => stack.write("index.ts", program(text)["index.ts"] ?? "");
const said = async (command: string) => (await host.ssh(command, { check: false })).stdout;
/** Whether one guest reaches the other's web server. */
const reaches = async (from: LxcGuest, to: string) =>
  (await from.run(`printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 3 ${to} 80 || true`)).stdout.includes("guest");

test("a dummy has its addresses and mtu, and one that joins is a port", async () => {
  expect(await said("ip -d -o link show d0")).toMatch(/mtu 1400 .*master br0 .*dummy/);
  expect(await said("ip -o addr show d1")).toMatch(/10\.30\.0\.1\/24[\s\S]*fd00:30::1\/64/);
});

test("guests get their reserved addresses, and are kept apart where it is so asked", async () => {
  expect(await a.address()).toBe("10.10.10.11");
  expect(await b.address()).toBe("10.10.10.12");
  expect(await reaches(a, "10.10.10.12")).toBe(false);
  await write(body().replace('"deny"', '"allow"'));
  succeeded(await stack.up());
  expect(await reaches(a, "10.10.10.12")).toBe(true);
});

test("a NIC's link state changes in place, its model by plugging it out and in, with the same address", async () => {
  const nic = () => said("virsh -q domiflist c; virsh -q domif-getlink c 52:54:00:00:00:0c");
  const before = (await nic()).split(/\s+/)[1];
  await write(body('linkState: "down"').replace('"deny"', '"allow"'));
  succeeded(await stack.up());
  expect(await nic()).toMatch(/52:54:00:00:00:0c[\s\S]*down/);
  expect((await nic()).split(/\s+/)[1]).toBe(before);
  await write(body('model: "e1000e"').replace('"deny"', '"allow"'));
  const up = succeeded(await stack.up());
  expect(up.stdout).toContain("plugged out and in again");
  expect(await nic()).toMatch(/e1000e +52:54:00:00:00:0c/);
  expect(await said("virsh -q domiflist c --inactive")).toMatch(/e1000e +52:54:00:00:00:0c/);
  succeeded(await stack.refresh("--expect-no-changes"));
});

test("a bridge deleted by hand comes back with the guests on it", async () => {
  await host.ssh("ip link del br0");
  expect(succeeded(await stack.refresh("--diff")).stdout).toMatch(/Bridge.*br0/);
  succeeded(await stack.up());
  const { stdout } = await host.ssh("ls /sys/class/net/br0/brif | wc -l");
  expect(Number(stdout)).toBe(4);
  expect(await reaches(a, "10.10.10.12")).toBe(true);
});

test("dnsmasq's unit is as closed as dnsmasq works with", async () => {
  const line = await said("systemd-analyze security --no-pager kvmnet-dnsmasq@br0.service | tail -n 1");
  const figure = Number(/: (\d+\.\d)/.exec(line)?.[1]);
  console.log(`systemd-analyze security: ${figure}`);
  expect(figure).toBeLessThanOrEqual(3);
});

test("plain systemd units make it all again at boot, and destroy leaves no link", async () => {
  await host.reboot();
  expect(await a.address()).toBe("10.10.10.11");
  expect(await said("ip -br addr show br0; ip -d -o link show d0")).toMatch(/10\.10\.10\.1\/24[\s\S]*master br0/);
  succeeded(await stack.refresh());
  succeeded(await stack.up());
  succeeded(await stack.destroy());
  expect(
    await said("ip -br link show type bridge; ip -br link show type dummy; ls -d /etc/kvmnet /var/lib/kvmnet"),
  ).toBe("");
});
