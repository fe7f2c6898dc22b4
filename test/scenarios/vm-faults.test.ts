import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Detour, detour } from "../lab/detour.ts";
import { pausedQemuGuest } from "../lab/qemu/guests.ts";
import { LabHost } from "../lab/qemu/host.ts";
import type { Stack } from "../lab/stack.ts";
import { stackOn, succeeded } from "../lab/testbed.ts";

let host: LabHost;
let way: Detour;
let stack: Stack;

const body = `
const anchor = new kvmnet.DummyIface("d0");
const bridge = new kvmnet.Bridge("br0", { ports: [anchor], addresses: ["10.10.10.1/24"] });
new kvmnet.VmInterface("nic", { domain: "vm", bridge, mac: "52:54:00:00:00:42", waitForAddressSeconds: 0 });`;

beforeAll(async () => {
  host = await LabHost.start({ name: "faults", tcp: [] });
  await pausedQemuGuest(host, "vm");
  way = await detour(host.port(22), host.sshConfig);
  stack = await stackOn({ name: host.name, sshConfig: way.sshConfig }, body);
});
afterAll(async () => {
  await stack?.dispose();
  await way?.stop();
  await host?.stop();
});

async function converges(): Promise<void> {
  await stack.unlock().catch(() => {});
  succeeded(await stack.up());
  succeeded(await stack.refresh("--expect-no-changes"));
  const { stdout } = await host.ssh(
    "virsh -q domiflist vm --inactive; virsh -q domiflist vm; cat /sys/class/net/d0/master/uevent",
  );
  expect(stdout.match(/52:54:00:00:00:42/g)).toHaveLength(2);
  expect(stdout).toContain("INTERFACE=br0");
}

test("ten cuts on a virtual machine: eight of the connection, one of the provider, one of the power", async () => {
  for (const at of [8, 10, 12, 14]) {
    way.proxy.cutAt(at, at % 4 === 0 ? "after" : "half");
    await stack.up();
    await converges();
    way.proxy.cutAt(at, "answer");
    await stack.destroy();
    succeeded(await stack.destroy());
  }
  const running = stack.spawn(["up"]);
  const provider = await running.provider();
  await sleep(1500);
  try {
    process.kill(provider, "SIGKILL");
  } catch {
    // The run was over first.
  }
  await running.done;
  await converges();

  const cut = stack.spawn(["destroy"]);
  await sleep(2500);
  await host.powerCut();
  await cut.done;
  await stack.unlock().catch(() => {});
  succeeded(await stack.destroy());
  const { stdout } = await host.ssh(
    "ip -br link show type bridge; ip -br link show type dummy; ls /etc/systemd/network; virsh -q domiflist vm --inactive",
  );
  expect(stdout.trim()).toBe("10-uplink.network");
});
