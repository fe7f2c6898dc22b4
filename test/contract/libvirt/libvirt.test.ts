import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { State } from "../../../provider/lifecycle/state.ts";
import { Direct } from "../../lab/direct.ts";
import { differences, QuickHost, type Snapshot, startPausedDomain } from "../../lab/quick/index.ts";

let host: QuickHost;
let direct: Direct;
/** With libvirt's own network running. */
let before: Snapshot;
const virsh = async (words: string) => (await host.exec(`virsh -q -c qemu:///system ${words}`)).stdout;

beforeAll(async () => {
  host = await QuickHost.start({ name: "virt" });
  direct = new Direct(host.name, host.sshConfig);
  await startPausedDomain(host, { name: "vm" });
  await virsh("net-start default");
  await virsh("net-autostart default");
  for (const name of ["br0", "br1"]) await host.exec(`ip link add ${name} type bridge && ip link set ${name} up`);
  before = await host.snapshot();
});
afterAll(() => host?.stop());

/** libvirt's own notes of NICs that were on its networks stay, and what the kernel makes of a bridge that had a carrier. */
const notes = /\bbr[01]\b|^file:\/(run\/libvirt\/network\/\w+(\/ports)?$|var\/lib\/libvirt\/dnsmasq\/virbr0\.macs)/;
const left = async () => differences(before, await host.snapshot()).filter(({ key }) => !notes.test(key));

test("libvirt's own network is stopped when nobody uses it any more, and started again in the end", async () => {
  const off = { active: false, autostart: false, adopt: true };
  await virsh("attach-interface vm network default --model virtio --mac 52:54:00:00:00:01 --live");
  await expect(direct.make("libvirtNetwork", "default", off)).rejects.toThrow(
    'active: running domain vm uses libvirt network "default". Move or stop it first.',
  );
  await virsh("detach-interface vm network --mac 52:54:00:00:00:01 --live");
  const state = await direct.make("libvirtNetwork", "default", off);
  expect(await virsh("net-list --all")).toMatch(/default +inactive +no +yes/);
  expect(await direct.stands("libvirtNetwork", state, off)).toBe(true);
  await virsh("net-start default");
  expect((await direct.read("libvirtNetwork", state))?.plan).toEqual({
    "network default": "# missing: active no\nautostart no\n# found: active yes\n",
  });
  const again = await direct.change("libvirtNetwork", (await direct.read("libvirtNetwork", state)) ?? state, off);
  expect(await virsh("net-list --all")).toMatch(/default +inactive +no +yes/);
  await direct.remove("libvirtNetwork", again);
  expect(await virsh("net-list --all")).toMatch(/default +active +yes +yes/);
  expect(await left()).toEqual([]);
});

test("a network that names a bridge of ours takes guests, moves to another bridge without them, and goes", async () => {
  const state = await direct.make("libvirtNetwork", "ours", { bridge: "br0" });
  expect(await virsh("net-uuid ours")).toBe(state.uuid);
  await virsh("attach-interface vm network ours --model virtio --mac 52:54:00:00:00:02 --live");
  expect((await host.exec("ls /sys/class/net/br0/brif")).stdout).toMatch(/^vnet\d+$/);
  await expect(direct.change("libvirtNetwork", state, { bridge: "br1" })).rejects.toThrow(
    'bridge: running domain vm uses libvirt network "ours". Move or stop it first.',
  );
  await expect(direct.remove("libvirtNetwork", state)).rejects.toThrow("in use by running domains: vm");
  // As libvirt sees it, a NIC on such a network is one on the bridge.
  await virsh("detach-interface vm bridge --mac 52:54:00:00:00:02 --live");
  const moved = await direct.change("libvirtNetwork", state, { bridge: "br1", autostart: false });
  expect(await virsh("net-dumpxml ours")).toMatch(/<bridge name='br1'\/>/);
  expect(await virsh("net-list --all")).toMatch(/ours +active +no +yes/);
  expect(await virsh("net-uuid ours")).toBe(state.uuid);
  expect(await direct.stands("libvirtNetwork", moved, { bridge: "br1", autostart: false })).toBe(true);
  await direct.remove("libvirtNetwork", moved);
  expect(await left()).toEqual([]);
});

test("a network of libvirt's that is taken over as one on our bridge comes back as it was", async () => {
  const definition = await virsh("net-dumpxml --inactive default");
  const state = await direct.make("libvirtNetwork", "default", { bridge: "br0", adopt: true });
  expect(await virsh("net-info default")).toMatch(/Active: +yes[\s\S]*Bridge: +br0/);
  await direct.remove("libvirtNetwork", state);
  expect(await virsh("net-dumpxml --inactive default")).toBe(definition);
  expect(await left()).toEqual([]);
});

describe("the resolvers of a network of libvirt's", () => {
  const asked = ["198.51.100.53", { domain: "corp.example", address: "2001:DB8::53" }];
  const kept = { forwarders: asked, autostart: true, adopt: true };
  const forwarders = async (option = "") =>
    (await virsh(`net-dumpxml default ${option}`)).match(/<forwarder .*/g) ?? [];
  const ours = ["<forwarder addr='198.51.100.53'/>", "<forwarder domain='corp.example' addr='2001:db8::53'/>"];
  let definition: string;
  let state: State;
  const mac = "52:54:00:00:00:03";

  test("are those that are asked for, in use and stored, and the rest of its definition stays", async () => {
    // As somebody has set it up: a resolver, and a name.
    definition = (await virsh("net-dumpxml --inactive default")).replace(
      "</network>",
      "  <dns>\n    <forwarder addr='192.0.2.53'/>\n    <host ip='192.168.122.9'>\n      <hostname>nas</hostname>\n    </host>\n  </dns>\n</network>",
    );
    await host.exec("cat > /tmp/n.xml && virsh -q net-define /tmp/n.xml && rm /tmp/n.xml", { input: definition });
    definition = await virsh("net-dumpxml --inactive default");
    await virsh(`attach-interface vm network default --model virtio --mac ${mac} --live`);
    await expect(direct.make("libvirtNetwork", "default", kept)).rejects.toThrow(
      'forwarders: libvirt would have to start network "default" anew, which cuts its running guests off: vm. Stop them first.',
    );
    await virsh(`detach-interface vm network --mac ${mac} --live`);
    state = await direct.make("libvirtNetwork", "default", kept);
    for (const option of ["", "--inactive"]) expect(await forwarders(option)).toEqual(ours);
    const rest = (text: string) => text.split("\n").filter((line) => !line.includes("<forwarder "));
    expect(rest(await virsh("net-dumpxml --inactive default"))).toEqual(rest(definition));
    const conf = (await host.exec("cat /var/lib/libvirt/dnsmasq/default.conf")).stdout;
    expect(conf).toMatch(/server=198\.51\.100\.53\n[\s\S]*server=\/corp\.example\/2001:db8::53\n/);
    expect(conf).toContain("no-resolv");
    expect(await direct.stands("libvirtNetwork", state, kept)).toBe(true);
  });

  test("that somebody adds show, and go; those that stay are changed under no guest's feet", async () => {
    const one = "<forwarder addr='203.0.113.53'/>";
    await host.exec(
      `virsh -q net-dumpxml --inactive default | sed "s,  <dns>,&\\n    ${one}," > /tmp/n.xml && virsh -q net-define /tmp/n.xml && rm /tmp/n.xml`,
    );
    const found = (await direct.read("libvirtNetwork", state)) ?? state;
    expect(JSON.stringify(found.plan)).toContain(`# found:     ${one}`);
    // What is in use is as it shall be, so no guest has to go for it.
    await virsh(`attach-interface vm network default --model virtio --mac ${mac} --live`);
    state = await direct.change("libvirtNetwork", found, kept);
    expect(await forwarders("--inactive")).toEqual(ours);
    state = await direct.change("libvirtNetwork", state, { ...kept, autostart: false });
    await expect(direct.change("libvirtNetwork", state, { ...kept, forwarders: ["9.9.9.9"] })).rejects.toThrow(
      "cuts its running guests off: vm",
    );
    await virsh(`detach-interface vm network --mac ${mac} --live`);
  });

  test("are again what they were when they are asked for no more, and after a delete", async () => {
    state = await direct.change("libvirtNetwork", state, { adopt: true });
    for (const option of ["", "--inactive"])
      expect(await forwarders(option)).toEqual(["<forwarder addr='192.0.2.53'/>"]);
    state = await direct.change("libvirtNetwork", state, kept);
    await direct.remove("libvirtNetwork", state);
    expect(await virsh("net-dumpxml --inactive default")).toBe(definition);
    await host.exec("sed '/<dns>/,/<.dns>/d' > /tmp/n.xml && virsh -q net-define /tmp/n.xml && rm /tmp/n.xml", {
      input: definition,
    });
    await virsh("net-destroy default");
    await virsh("net-start default");
    expect(await left()).toEqual([]);
  });

  test("are none where libvirt answers no names", async () => {
    const network = await direct.make("libvirtNetwork", "ours", { bridge: "br0" });
    const { bridge: _, ...bare } = { bridge: "br0", forwarders: asked };
    await expect(direct.change("libvirtNetwork", network, bare)).rejects.toThrow(
      `forwarders: libvirt answers no names on network "ours" of virt (forward mode 'bridge'). Leave it out.`,
    );
    await direct.remove("libvirtNetwork", network);
  });
});

describe("a NIC", () => {
  const mac = "52:54:00:00:00:42";
  const plain = { domain: "vm", mac, waitForAddressSeconds: 0 };
  let state: State;
  /** The NIC's element, in the running domain or in the stored definition. */
  const nic = async (option = "") =>
    /<interface [\s\S]*<\/interface>/.exec(await virsh(`dumpxml vm ${option}`))?.[0].replace(/\n\s*/g, "") ?? "";
  const become = async (args: object) => {
    state = await direct.change("vmInterface", state, { ...plain, ...args });
    expect(await direct.stands("vmInterface", state, { ...plain, ...args })).toBe(true);
  };
  beforeAll(async () => {
    // What devtmpfs makes on a real host.
    const rule = 'SUBSYSTEM=="macvtap", ACTION=="add", RUN+="/bin/mknod /dev/$kernel c %M %m"';
    await host.exec("cat > /etc/udev/rules.d/99-tap.rules && udevadm control --reload", { input: `${rule}\n` });
    await host.exec("ip link add up0 type veth peer name up1 && ip link set up0 up && ip link set up1 up");
  });

  test("has what it is asked to have, live and stored; what libvirt can change it changes in place, and takes back", async () => {
    state = await direct.make("vmInterface", "nic", { ...plain, bridge: "br0", queues: 2, mtu: 1400 });
    const { tap } = state;
    expect(tap).toMatch(/^vnet\d+$/);
    for (const option of ["", "--inactive"])
      expect(await nic(option)).toMatch(/<driver queues='2'\/>.*<mtu size='1400'\/>/);
    const rich = { bridge: "br0", queues: 2, mtu: 1400, isolated: true, filter: "clean-traffic", linkState: "down" };
    await become(rich);
    expect(state.tap).toBe(tap);
    for (const option of ["", "--inactive"]) {
      expect(await nic(option)).toMatch(
        /<port isolated='yes'\/>.*<filterref filter='clean-traffic'\/><link state='down'\/>/,
      );
    }
    expect((await host.exec(`bridge -d link show dev ${tap}`)).stdout).toContain("isolated on");
    await become({ bridge: "br1", queues: 2, mtu: 1400 });
    expect(state.tap).toBe(tap);
    for (const option of ["", "--inactive"])
      expect(await nic(option)).not.toMatch(/isolated|filterref|link state='down'/);
    expect((await host.exec("ls /sys/class/net/br1/brif")).stdout).toBe(tap);
  });

  test("stands beside another of the same guest, each on its own bridge; one goes, and the other stays", async () => {
    const args = { ...plain, mac: "52:54:00:00:00:43", bridge: "br0" };
    const second = await direct.make("vmInterface", "second", args);
    expect(second.tap).not.toBe(state.tap);
    const ports = async () =>
      (await host.exec("ls /sys/class/net/br0/brif /sys/class/net/br1/brif")).stdout.split(/\s+/);
    expect(await ports()).toEqual(expect.arrayContaining([second.tap, state.tap]));
    for (const option of ["", "--inactive"])
      expect(await virsh(`dumpxml vm ${option}`)).toMatch(/52:54:00:00:00:42[\s\S]*52:54:00:00:00:43/);
    expect(await direct.stands("vmInterface", second, args)).toBe(true);
    await expect(direct.make("vmInterface", "third", args)).rejects.toThrow(
      'mac: 52:54:00:00:00:43 is the MAC address of a NIC of domain "vm" on virt already.',
    );
    await direct.remove("vmInterface", second);
    expect(await ports()).toContain(state.tap);
    expect(await ports()).not.toContain(second.tap);
  });

  test("is refused where the host lacks what it needs", async () => {
    const refused = (args: object, reason: string) =>
      expect(direct.make("vmInterface", "other", { domain: "vm", waitForAddressSeconds: 0, ...args })).rejects.toThrow(
        reason,
      );
    await refused(
      { bridge: "br0", filter: "no-such" },
      'filter: virt has no libvirt network filter "no-such" (Network filter not found: no nwfilter with matching name',
    );
    await refused(
      { libvirtNetwork: "no-such" },
      'libvirtNetwork: virt has no libvirt network "no-such" (Network not found',
    );
    await refused({ macvtap: "nic9" }, "macvtap: there is no interface nic9 on virt. Choose one that ip link shows.");
    await refused(
      { pciDevice: "ffff:03:10.1" },
      "pciDevice: ffff:03:10.1 is no SR-IOV virtual function of virt (there is no such device)",
    );
  });

  test("moves to a libvirt network, to an interface and back, with the same address, and says what that means", async () => {
    await become({ libvirtNetwork: "default" });
    expect(await nic()).toContain("<source network='default'");
    expect(state).toMatchObject({ mac, effect: "guest must renew its lease" });
    expect(direct.said.join()).toContain(`NIC ${mac} of vm was plugged out and in again`);
    // In its place, since it never runs: libvirt's own dnsmasq sees a client with its address.
    const twin = await host.guest({ name: "twin", mac, bridge: "virbr0" });
    const { ip } = await twin.dhcp();
    expect(await direct.read("vmInterface", state)).toMatchObject({ address: ip, effect: "live" });
    await twin.unplug();
    await become({ macvtap: "up0" });
    expect((await host.exec(`ip -d link show dev ${state.tap}`)).stdout).toMatch(
      /macvtap\d+@up0[\s\S]*52:54:00:00:00:42[\s\S]*mode bridge/,
    );
    expect(state.effect).toBe("live");
    const warning =
      'macvtap: this guest and virt will not see each other over up0, only the LAN. Where they should, use a Bridge with uplink: "up0".';
    expect(direct.said.filter((text) => text === warning)).toHaveLength(1);
    await become({ bridge: "br0" });
    expect(await nic("--inactive")).toMatch(/<interface type='bridge'>.*52:54:00:00:00:42/);
  });

  test("on a libvirt network that names a bridge is a port of it, and put back when somebody takes it out", async () => {
    const network = await direct.make("libvirtNetwork", "ours", { bridge: "br1" });
    await become({ libvirtNetwork: "ours" });
    await host.exec(`ip link set dev ${state.tap} nomaster`);
    const found = (await direct.read("vmInterface", state)) ?? state;
    expect(JSON.stringify(found.plan)).toContain(`# tap ${state.tap} is not a port of br1`);
    state = found;
    await become({ libvirtNetwork: "ours" });
    expect((await host.exec("ls /sys/class/net/br1/brif")).stdout).toBe(state.tap);
    await become({ bridge: "br0" });
    await direct.remove("libvirtNetwork", network);
  });

  test("waits for the next boot where that is asked for, and the running domain keeps what it has", async () => {
    const before = await nic();
    await become({ bridge: "br0", apply: "next-boot", bandwidth: { inboundKiBps: 1024 } });
    expect(await nic()).toBe(before);
    expect(await nic("--inactive")).toMatch(/<bandwidth><inbound average='1024'\/><\/bandwidth>/);
    expect(state.effect).toBe("next boot");
    await become({ bridge: "br0" });
    expect(await nic("--inactive")).not.toContain("bandwidth");
    expect(state.effect).toBe("live");
    await become({ bridge: "br0", apply: "next-boot" });
    await direct.remove("vmInterface", state);
    expect(direct.said.at(-1)).toContain(`NIC ${mac} stays with vm until that is stopped`);
    expect(await nic()).toContain(mac);
    expect(await nic("--inactive")).toBe("");
  });

  test("that somebody plugged in is taken over by its address without being touched, and given back as it was", async () => {
    const mine = "52:54:00:00:00:47";
    await virsh(`attach-interface vm bridge br0 --model virtio --mac ${mine} --live --config`);
    const own = { domain: "vm", mac: mine, bridge: "br0", waitForAddressSeconds: 0 };
    const xml = async () => `${await virsh("dumpxml vm")}\n${await virsh("dumpxml --inactive vm")}`;
    const found = await xml();
    await expect(direct.make("vmInterface", "own", own)).rejects.toThrow("Set adopt: true to take it over");
    const adopted = await direct.make("vmInterface", "own", { ...own, adopt: true });
    expect(await xml()).toBe(found);
    expect(await direct.stands("vmInterface", adopted, { ...own, adopt: true })).toBe(true);
    const down = await direct.change("vmInterface", adopted, { ...own, adopt: true, bridge: "br1", linkState: "down" });
    expect(await xml()).toMatch(/<source bridge='br1'\/>[\s\S]*<link state='down'\/>/);
    expect(down.tap).toBe(adopted.tap);
    await direct.remove("vmInterface", down);
    expect(await xml()).toBe(found);
    await virsh(`detach-interface vm bridge --mac ${mine} --live --config`);
  });

  test("of a domain that was started since is given back as it is: nothing is plugged out", async () => {
    const mine = "52:54:00:00:00:4a";
    const own = { domain: "vm", mac: mine, bridge: "br0", waitForAddressSeconds: 0, adopt: true };
    const restart = () => virsh("destroy vm").then(() => virsh("start --paused vm"));
    const tap = async () => new RegExp(`^ *(vnet\\d+) .*${mine}$`, "m").exec(await virsh("domiflist vm"))?.[1];
    await virsh(`attach-interface vm bridge br0 --model virtio --mac ${mine} --live --config`);
    const whileOn = await direct.make("vmInterface", "twice", own);
    const first = await tap();
    await restart();
    const second = await tap();
    expect(second).not.toBe(first);
    await direct.remove("vmInterface", whileOn);
    expect(await tap()).toBe(second);

    await virsh("destroy vm");
    const whileOff = await direct.make("vmInterface", "twice", own);
    await virsh("start --paused vm");
    const third = await tap();
    await direct.remove("vmInterface", whileOff);
    expect(await tap()).toBe(third);
    expect(third).toBeTruthy();
    await virsh(`detach-interface vm bridge --mac ${mine} --live --config`);
  });
});
