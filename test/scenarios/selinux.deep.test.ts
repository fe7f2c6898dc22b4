import { afterAll, beforeAll, expect, test } from "vitest";
import { lxcGuest } from "../lab/qemu/guests.ts";
import { LabHost } from "../lab/qemu/host.ts";
import { addPackages } from "../lab/qemu/packages.ts";
import type { Stack } from "../lab/stack.ts";
import { network, stackOn, succeeded } from "../lab/testbed.ts";

const nic = `new kvmnet.VmInterface("a", { domain: "a", uri: "lxc:///system", bridge, dhcp, address: "10.10.10.11" });`;

let host: LabHost;
let stack: Stack;
const said = async (command: string) => (await host.ssh(command, { check: false })).stdout;

beforeAll(async () => {
  host = await LabHost.start({ name: "selinux", tcp: [], kernel: "security=selinux selinux=1" });
  await addPackages(host, ["selinux-policy-default", "policycoreutils", "selinux-utils"]);
  // Permissive: Debian's policy does not let Debian itself do all that it does. What it would refuse is logged.
  await host.ssh("printf 'SELINUX=permissive\\nSELINUXTYPE=default\\n' > /etc/selinux/config");
  // Labels can be given once there is a policy, and count for what is started after that.
  await host.reboot();
  await host.ssh("setfiles -F /etc/selinux/default/contexts/files/file_contexts /", { timeout: 900_000 });
  await host.reboot();
  await lxcGuest(host, { name: "a" });
  stack = await stackOn(host, network({ extra: nic }));
});
afterAll(async () => {
  await stack?.dispose();
  await host?.stop();
});

test("every file of ours has the label that the policy has for its path, also after a reboot, and dnsmasq is refused nothing", async () => {
  expect(await said("getenforce")).toBe("Permissive");
  const mislabelled = () =>
    said("find /etc /var/lib/kvmnet -path '*kvmnet*' -exec matchpathcon -V {} + | grep -v verified");
  succeeded(await stack.up());
  expect(await said("find /etc -path '*kvmnet*' | wc -l")).toMatch(/^\d\d/);
  expect(await mislabelled()).toBe("");
  const refused = () => said(`journalctl -k -b -o cat -g 'avc: +denied.*comm="dnsmasq"'`);
  expect(await said("ps -eZ | grep dnsmasq")).toMatch(/:dnsmasq_t:/);
  expect(await refused()).toBe("");
  await host.reboot();
  succeeded(await stack.refresh("--expect-no-changes"));
  expect(await mislabelled()).toBe("");
  expect(await refused()).toBe("");
  succeeded(await stack.destroy());
  expect(await said("find /etc -path '*kvmnet*'")).toBe("");
});
