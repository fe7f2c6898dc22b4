import { afterAll, beforeAll, expect, test } from "vitest";
import { lxcGuest, pausedQemuGuest } from "../lab/qemu/guests.ts";
import { LabHost } from "../lab/qemu/host.ts";
import { addPackages } from "../lab/qemu/packages.ts";
import type { Stack } from "../lab/stack.ts";
import { stackOn, succeeded } from "../lab/testbed.ts";

/** One guest that asks for its reserved address, and one under libvirt's own profile, which takes a NIC live. */
const body = `
const bridge = new kvmnet.Bridge("br0", { addresses: ["10.10.10.1/24"] });
const network = new kvmnet.NatNetwork("br0", { bridge });
const boot = { tftpRoot: "/srv/pxe", file: "pxelinux.0" };
const dhcp = new kvmnet.DnsmasqInstance("br0", { bridge, domain: "lab.internal", boot });
new kvmnet.VmInterface("a", { domain: "a", uri: "lxc:///system", bridge, dhcp, address: "10.10.10.11", hostname: "a" });
new kvmnet.VmInterface("c", { domain: "c", bridge, mac: "52:54:00:00:00:0c", waitForAddressSeconds: 0 });`;

const PROFILE = "/etc/apparmor.d/usr.sbin.dnsmasq";

let host: LabHost;
let stack: Stack;
const said = async (command: string) => (await host.ssh(command, { check: false })).stdout;
/** What AppArmor keeps dnsmasq and libvirt from. */
const denied = () =>
  said(`journalctl -k -b -o cat -g 'apparmor="DENIED".*profile="(dnsmasq|libvirt)' | sed 's/.*name=//'`);

beforeAll(async () => {
  host = await LabHost.start({ name: "apparmor", tcp: [] });
  await addPackages(host, ["apparmor", "apparmor-profiles"]);
  // Profiles of others take the machine minutes. Debian has dnsmasq's complain; this is what aa-enforce does.
  await host.ssh("find /etc/apparmor.d -maxdepth 1 -type f ! -name '*dnsmasq' ! -name '*libvirt*' -delete");
  await host.ssh(`sed -i 's/complain,//; s/ flags=(complain)//' ${PROFILE}`);
  await host.ssh("systemctl enable --now apparmor", { timeout: 300_000 });
  await host.ssh("systemctl restart libvirtd; mkdir -p /srv/pxe && echo boot > /srv/pxe/pxelinux.0");
  await lxcGuest(host, { name: "a" });
  await pausedQemuGuest(host, "c");
  stack = await stackOn(host, body);
});
afterAll(async () => {
  await stack?.dispose();
  await host?.stop();
});

test("a profile in force that keeps dnsmasq from what it is to read is named, with the rules that let it, and nothing is left", async () => {
  for (const place of ["/etc/dnsmasq.d-available/kvmnet-br0.hosts/", "/srv/pxe/"]) {
    const { exitCode, stdout } = await stack.up();
    expect(exitCode).not.toBe(0);
    const [, rules] =
      new RegExp(`dnsmasq is kept from ${place} .*local/usr.sbin.dnsmasq there: (.*) Then run`).exec(stdout) ?? [];
    expect(rules).toContain(`${place} r,`);
    expect(await said("ls -A /etc/dnsmasq.d-available; pgrep -a dnsmasq")).toBe("");
    // As the message says.
    await host.ssh(`cat >> /etc/apparmor.d/local/usr.sbin.dnsmasq && systemctl reload apparmor`, {
      input: `${rules}\n`,
    });
  }
  expect(await denied()).toContain("kvmnet-br0.hosts");
});

test("with them all is made under the profiles, which keep nothing from it, and again after a reboot; destroy leaves nothing", async () => {
  await host.ssh("journalctl --rotate; journalctl --vacuum-time=1s; dmesg -C");
  const confined = async () => {
    expect(
      await said("cat /proc/$(pgrep -o -f kvmnet-dnsmasq)/attr/current /proc/$(pgrep -o libvirtd)/attr/current"),
    ).toMatch(/dnsmasq \(enforce\)\nlibvirtd \(enforce\)/);
    expect(await said("ip -4 -o neigh show dev br0; cat /var/lib/misc/dnsmasq.br0.leases")).toContain("10.10.10.11");
    expect(await denied()).toBe("");
  };
  succeeded(await stack.up());
  await confined();
  expect(await said("cat /proc/$(pgrep -o -f guest=c)/attr/current; virsh -q domiflist c")).toMatch(
    /libvirt-.* \(enforce\)[\s\S]*br0 .*52:54:00:00:00:0c/,
  );
  succeeded(await stack.refresh("--expect-no-changes"));
  await host.reboot();
  await said("for try in $(seq 60); do grep -q 10.10.10.11 /var/lib/misc/dnsmasq.br0.leases && break; sleep 1; done");
  await confined();
  succeeded(await stack.refresh("--expect-no-changes"));
  succeeded(await stack.destroy());
  expect(await said("ls -A /etc/dnsmasq.d-available; pgrep -a dnsmasq; ip -br link show type bridge")).toBe("");
  expect(await denied()).toBe("");
});
