import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { State } from "../../../provider/lifecycle/state.ts";
import { Direct } from "../../lab/direct.ts";
import { domainXml, QuickHost, startPausedDomain } from "../../lab/quick/index.ts";

/** Where a guest finds its NIC, what libvirt makes of the element, and interfaces of the host that a guest has to itself. */
let host: QuickHost;
let direct: Direct;
let state: State;

const mac = "52:54:00:00:00:42";
const plain = { domain: "vm", mac, waitForAddressSeconds: 0 };
const virsh = async (words: string) => (await host.exec(`virsh -q -c qemu:///system ${words}`)).stdout;
/** The NIC's element, in the running domain or in the stored definition. */
const nic = async (option = "") => {
  const all = (await virsh(`dumpxml vm ${option}`)).match(/<interface [\s\S]*?<\/interface>/g) ?? [];
  return all.find((one) => one.includes(mac))?.replace(/\n\s*/g, "") ?? "";
};
const become = async (args: object) => {
  state = await direct.change("vmInterface", state, { ...plain, ...args });
  expect(await direct.stands("vmInterface", state, { ...plain, ...args })).toBe(true);
};
/** Has a script run on what virsh is given, before virsh itself. */
const shim = (script: string) =>
  host.exec("cat > /usr/local/sbin/virsh && chmod 755 /usr/local/sbin/virsh", {
    input: `#!/bin/sh\n${script}\nexec /usr/bin/virsh "$@"\n`,
  });
const whole = () => host.exec("rm /usr/local/sbin/virsh");

beforeAll(async () => {
  host = await QuickHost.start({ name: "virt" });
  direct = new Direct(host.name, host.sshConfig);
  await startPausedDomain(host, { name: "vm" });
  for (const name of ["br0", "br1"]) await host.exec(`ip link add ${name} type bridge && ip link set ${name} up`);
  // What devtmpfs makes on a real host.
  const rule = 'SUBSYSTEM=="macvtap", ACTION=="add", RUN+="/bin/mknod /dev/$kernel c %M %m"';
  await host.exec("cat > /etc/udev/rules.d/99-tap.rules && udevadm control --reload", { input: `${rule}\n` });
  await host.exec("ip link add up0 type veth peer name up1 && ip link set up0 up && ip link set up1 up");
});
afterAll(() => host?.stop());

describe("a NIC that is plugged out and in", () => {
  const address = async (option = "") => /<address type='pci'[^>]*>/.exec(await nic(option))?.[0];
  const filler = "52:54:00:00:00:48";
  const model = { bridge: "br0", model: "e1000e" };

  test("is where it was, in the running domain and in the stored definition, with what else tells the guest", async () => {
    // In front of it: what goes leaves a place that libvirt would choose.
    await virsh(`attach-interface vm bridge br0 --model virtio --mac ${filler} --live --config`);
    state = await direct.make("vmInterface", "nic", { ...plain, bridge: "br0" });
    const place = await address();
    expect(place).toBeTruthy();
    expect(await address("--inactive")).toBe(place);
    // Somebody has it booted from, gives it a name, and says how much it may take.
    const theirs =
      "<boot order='1'/><alias name='ua-lan'/><bandwidth><inbound average='128'/></bandwidth><coalesce><rx><frames max='7'/></rx></coalesce>";
    await host.exec(
      `virsh -q dumpxml --inactive vm | sed "/<boot dev/d; /${mac}/,/<.interface>/s,<model,${theirs}<model," > /tmp/d.xml && virsh -q define /tmp/d.xml && rm /tmp/d.xml`,
    );
    await virsh(`detach-interface vm bridge --mac ${filler} --live --config`);
    await become(model);
    expect(direct.said.at(-1)).toContain(`NIC ${mac} of vm was plugged out and in again`);
    for (const option of ["", "--inactive"]) {
      expect(await nic(option)).toContain("<model type='e1000e'/>");
      expect(await address(option)).toBe(place);
    }
    expect(await nic("--inactive")).toContain("<frames max='7'/>");
    const kept = /<inbound average='128'\/>.*<boot order='1'\/><alias name='ua-lan'\/>/;
    expect(await nic("--inactive")).toMatch(kept);
    await become({ macvtap: "up0" });
    for (const option of ["", "--inactive"]) expect(await address(option)).toBe(place);
    expect(await nic("--inactive")).toMatch(kept);
  });

  test("is put back where it was when the change fails after that", async () => {
    const found = [await address(), await address("--inactive")];
    // What it is plugged into does not come about, neither there nor elsewhere.
    await shim(
      'case "$*" in *attach-device*--live*) for one in "$@"; do case $one in /*) ! grep -q e1000e "$one" || { echo "error: not now" >&2; exit 1; } ;; esac; done ;; esac',
    );
    await expect(direct.change("vmInterface", state, { ...plain, ...model })).rejects.toThrow("nothing of the change");
    await whole();
    expect([await address(), await address("--inactive")]).toEqual(found);
    expect(await direct.stands("vmInterface", state, { ...plain, macvtap: "up0" })).toBe(true);
  });

  test("is elsewhere where another device has its place, which is said", async () => {
    await direct.remove("vmInterface", state);
    state = await direct.make("vmInterface", "nic", { ...plain, bridge: "br0", apply: "next-boot" });
    const stored = await address("--inactive");
    await virsh(`attach-interface vm bridge br0 --model virtio --mac ${filler} --live`);
    await become({ bridge: "br0" });
    expect(await address("--inactive")).toBe(stored);
    expect(await address()).toBeTruthy();
    expect(await address()).not.toBe(stored);
    expect(direct.said.join()).toMatch(
      new RegExp(`NIC ${mac} of vm could not have its PCI address in the running domain, so its name.*: .*0000:`),
    );
    await virsh(`detach-interface vm bridge --mac ${filler} --live`);
  });
});

test("a NIC whose element libvirt does not take whole is an error that names what is missing, and is as before", async () => {
  const before = [await nic(), await nic("--inactive")];
  // libvirt before 6.1.0 knows no isolation, and says nothing of an element that it does not know.
  await shim('for one in "$@"; do case $one in /*) sed -i "/<port /d" "$one" ;; esac; done');
  await expect(direct.change("vmInterface", state, { ...plain, bridge: "br0", isolated: true })).rejects.toThrow(
    /nic qemu:\/\/\/system vm 52:54:00:00:00:42 on virt is not as written after the change, so the change was undone: [\s\S]*<port isolated='yes'\/> \(in the running domain and in the stored definition\)/,
  );
  await whole();
  expect([await nic(), await nic("--inactive")]).toEqual(before);
});

test("a NIC shares an interface with a guest that runs, which finds the DHCP server behind it", async () => {
  const own = { domain: "booter", mac: "52:54:00:00:00:49", macvtap: "up0", waitForAddressSeconds: 0 };
  // Its firmware asks for an address, to start from the network.
  const input = domainXml({ name: "booter" }).replace("</os>", "<boot dev='network'/></os>");
  await host.exec("cat > /tmp/d.xml && virsh -q define /tmp/d.xml && rm /tmp/d.xml", { input });
  const booter = await direct.make("vmInterface", "booter", own);
  expect(booter.effect).toBe("next boot");
  await host.exec(
    "ip addr add 192.0.2.1/24 dev up1 && dnsmasq --conf-file=/dev/null --port=0 --interface=up1 --bind-interfaces " +
      "--dhcp-range=192.0.2.10,192.0.2.20 --dhcp-leasefile=/run/up1.leases --pid-file=/run/up1.pid",
  );
  await virsh("start booter");
  const leased = async () => expect((await host.exec("cat /run/up1.leases")).stdout).toContain(own.mac);
  await vi.waitFor(leased, { timeout: 60_000, interval: 500 });
  await host.exec("kill $(cat /run/up1.pid) && ip addr del 192.0.2.1/24 dev up1");
  await virsh("destroy booter");
  await direct.remove("vmInterface", booter);
  await virsh("undefine booter");
});

test("a NIC has an interface to itself, unless the host has something on it", async () => {
  const alone = { macvtap: { nic: "up0", mode: "passthrough" } };
  const refused = (reason: string) =>
    expect(direct.change("vmInterface", state, { ...plain, ...alone })).rejects.toThrow(
      `macvtap.mode: virt uses up0 itself (${reason}), and in mode "passthrough" the guest has all of it. Choose another NIC, or mode "bridge".`,
    );
  await host.exec("ip addr add 192.0.2.9/24 dev up0");
  await refused("192.0.2.9/24");
  await host.exec("ip addr del 192.0.2.9/24 dev up0 && ip link set up0 master br1");
  await refused("br1");
  await host.exec("ip link set up0 nomaster");
  const own = async () => (await host.exec("cat /sys/class/net/up0/address")).stdout;
  const before = await own();
  await become(alone);
  // It is the guest's own wire, with its address.
  expect(await own()).toBe(mac);
  await become({ bridge: "br0" });
  expect(await own()).toBe(before);
});

test("what the host itself uses is not handed over, nor what takes no MAC address", async () => {
  // What sysfs shows of a virtual function, and of a NIC that is none.
  await host.exec(
    "mount -t tmpfs pci /sys/bus/pci/devices && cd /sys/bus/pci/devices && mkdir -p 0000:03:10.1/physfn 0000:03:10.1/net/eth0 0000:03:00.0/net/nic7",
  );
  const refused = (pciDevice: string, reason: string) =>
    expect(direct.make("vmInterface", "other", { domain: "vm", pciDevice, waitForAddressSeconds: 0 })).rejects.toThrow(
      reason,
    );
  await refused("0000:03:10.1", "pciDevice: virt uses 0000:03:10.1 itself: it is eth0 (198.51.100.2/24).");
  await refused("03:00.0", "pciDevice: 0000:03:00.0 is no SR-IOV virtual function of virt, and only such a one takes");
  await host.exec("umount /sys/bus/pci/devices");
});

test("libvirt is asked once for all that a read wants to know, and a few times for a change", async () => {
  // Each start of virsh loads some fifty libraries, which takes longer than what it asks.
  await shim("echo >> /tmp/starts");
  const starts = async () => Number((await host.exec("wc -l < /tmp/starts && : > /tmp/starts")).stdout);
  const args = { ...plain, mac: "52:54:00:00:00:51", bridge: "br0" };
  const counted = await direct.make("vmInterface", "counted", args);
  const made = await starts();
  expect(await direct.stands("vmInterface", counted, args)).toBe(true);
  expect(await starts()).toBe(1);
  await direct.remove("vmInterface", counted);
  const removed = await starts();
  await whole();
  console.log(`starts of virsh: create ${made}, delete ${removed}`);
  // Before, twice and after; each thing that is changed, in the running domain and in the stored definition, where its place may be taken.
  expect(made).toBeGreaterThan(2);
  expect(made).toBeLessThanOrEqual(8);
  expect(removed).toBeLessThanOrEqual(6);
});

test("a domain may have any name that libvirt takes", async () => {
  const name = `it's; a "$(touch was-run)" \\vm --live`;
  const word = `'${name.replaceAll("'", "'\\''")}'`;
  const xml = domainXml({ name: name.replaceAll('"', "&quot;") });
  await host.exec("cat > /tmp/d.xml && virsh -q define /tmp/d.xml && rm /tmp/d.xml", { input: xml });
  const its = "52:54:00:00:00:50";
  const args = { ...plain, domain: name, mac: its, bridge: "br0" };
  const made = await direct.make("vmInterface", "odd", args);
  expect(await direct.stands("vmInterface", made, args)).toBe(true);
  expect(await virsh(`domiflist ${word} --inactive`)).toContain(its);
  await direct.remove("vmInterface", made);
  expect(await virsh(`domiflist ${word} --inactive`)).not.toContain(its);
  const again = await direct.make("vmInterface", "odd", args);
  await virsh(`undefine ${word}`);
  expect(await direct.read("vmInterface", again)).toBeUndefined();
  await direct.remove("vmInterface", again);
  expect((await host.exec("find / -xdev -name was-run")).stdout).toBe("");
});

test("a NIC that was taken over leaves the stack also when its domain is gone, which is said", async () => {
  await host.exec("cat > /tmp/d.xml && virsh -q define /tmp/d.xml && rm /tmp/d.xml", {
    input: domainXml({ name: "brief" }),
  });
  const its = "52:54:00:00:00:61";
  await virsh(`attach-interface brief bridge br0 --model virtio --mac ${its} --config`);
  const taken = { ...plain, domain: "brief", mac: its, bridge: "br1", adopt: true };
  const made = await direct.make("vmInterface", "brief", taken);
  await virsh("undefine brief");
  await direct.remove("vmInterface", made);
  expect(direct.said.at(-1)).toBe("domain brief is gone: its NIC is not given back what it had");
});
