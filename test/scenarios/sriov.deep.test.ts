import { afterAll, beforeAll, expect, test } from "vitest";
import { pausedQemuGuest } from "../lab/qemu/guests.ts";
import { LabHost } from "../lab/qemu/host.ts";
import type { Stack } from "../lab/stack.ts";
import { program, stackOn, succeeded } from "../lab/testbed.ts";

/** A guest that drives a function of the host's NIC itself. */
const given = (pciDevice: string) => `
new kvmnet.VmInterface("c", { domain: "c", pciDevice: "${pciDevice}", mac: "${MAC}", waitForAddressSeconds: 0 });`;

const MAC = "52:54:00:00:00:0c";
const [FIRST, SECOND] = ["0000:02:10.0", "0000:02:10.2"];

let host: LabHost;
let stack: Stack;
const said = async (command: string) => (await host.ssh(command, { check: false })).stdout.trim();
const driver = (device: string) => said(`basename $(readlink /sys/bus/pci/devices/${device}/driver)`);
const use = (device: string) => stack.write(program(given(device)));
/** What the NIC itself lets the functions send from. */
const macs = () => said("ip link show ens6 | sed -n 's/.*vf \\([01]\\) .*ether \\(\\S*\\) brd.*/\\1 \\2/p'");
const listed = () => said("virsh -q domiflist c; virsh -q domiflist c --inactive");

beforeAll(async () => {
  host = await LabHost.start({ name: "sriov", tcp: [], sriov: true });
  const functions = "[Match]\nOriginalName=ens6\n[Link]\nNamePolicy=keep\nSR-IOVVirtualFunctions=2\n";
  await host.ssh("cat > /etc/systemd/network/00-functions.link && echo 2 > /sys/class/net/ens6/device/sriov_numvfs", {
    input: functions,
  });
  await host.ssh("udevadm settle");
  await pausedQemuGuest(host, "c");
  stack = await stackOn(host, given(FIRST));
});
afterAll(async () => {
  await stack?.dispose();
  await host?.stop();
});

test("the NIC itself, a function that the host uses, and one of a NIC that is down are not handed over", async () => {
  await use("0000:02:00.0");
  expect((await stack.up()).stdout).toContain("pciDevice: 0000:02:00.0 is no SR-IOV virtual function of sriov");
  await host.ssh("ip addr add 10.9.9.9/24 dev ens6v0");
  await use(FIRST);
  expect((await stack.up()).stdout).toContain(`pciDevice: sriov uses ${FIRST} itself: it is ens6v0 (10.9.9.9/24)`);
  await host.ssh("ip addr flush dev ens6v0");
  expect((await stack.up()).stdout).toContain(`pciDevice: ${FIRST} is a function of ens6, which is down on sriov`);
  expect(await listed()).toBe("");
});

/** As the message above says. */
const UP_AT_BOOT = "[Match]\nName=ens6\n[Network]\nLinkLocalAddressing=no\n";

test("a function is handed to the running guest, with its MAC address; drift, another function, and destroy", async () => {
  await host.ssh("ip link set ens6 up; cat > /etc/systemd/network/10-ens6.network", { input: UP_AT_BOOT });
  succeeded(await stack.up());
  expect(await driver(FIRST)).toBe("vfio-pci");
  expect(await macs()).toContain(`0 ${MAC}`);
  expect((await listed()).split("\n")).toHaveLength(2);
  succeeded(await stack.up("--expect-no-changes"));
  succeeded(await stack.refresh("--expect-no-changes"));

  await host.ssh(`virsh -q detach-interface c hostdev --mac ${MAC} --live`);
  succeeded(await stack.refresh());
  succeeded(await stack.up());
  expect(await driver(FIRST)).toBe("vfio-pci");

  await use(SECOND);
  succeeded(await stack.up());
  expect(await driver(FIRST)).toBe("igbvf");
  expect(await driver(SECOND)).toBe("vfio-pci");
  expect(await macs()).toContain(`1 ${MAC}`);
  succeeded(await stack.refresh("--expect-no-changes"));

  await host.reboot();
  await host.ssh("virsh -q start --paused c");
  expect(await driver(SECOND)).toBe("vfio-pci");
  expect(await macs()).toContain(`1 ${MAC}`);
  succeeded(await stack.refresh("--expect-no-changes"));

  // What is there from the start a guest gives back only when its system agrees, and none runs.
  await host.ssh("virsh -q destroy c");
  succeeded(await stack.destroy());
  expect(await driver(SECOND)).toBe("igbvf");
  expect(await macs()).not.toContain(MAC);
  expect(await listed()).toBe("");
});
