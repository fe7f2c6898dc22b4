import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type LxcGuest, lxcGuest, pausedQemuGuest } from "../lab/qemu/guests.ts";
import { LabHost, OUTSIDE_URL } from "../lab/qemu/host.ts";
import { Stack } from "../lab/stack.ts";
import { program, succeeded } from "../lab/testbed.ts";

/** What namespaces cannot show: dummy interfaces, frames between guests, libvirt's guests, and a boot of real units. */
const body = (nic = 'linkState: "up"') => `
const backend = "systemd";
const anchor = new kvmnet.DummyIface("d0", { backend, mtu: 1400 });
const lone = new kvmnet.DummyIface("d1", { backend, addresses: ["10.30.0.1/24", "fd00:30::1/64"] });
const bridge = new kvmnet.Bridge("br0", { backend, ports: [anchor], addresses: ["10.10.10.1/24"], stp: true, vlanFiltering: true });
const network = new kvmnet.NatNetwork("br0", { bridge, guestToGuest: "deny" });
const dhcp = new kvmnet.DnsmasqInstance("br0", { bridge, domain: "lab.internal" });
const inContainer = { uri: "lxc:///system", bridge, dhcp };
const a = new kvmnet.VmInterface("a", { domain: "a", ...inContainer, address: "10.10.10.11", hostname: "a", tap: "tap-a" });
const b = new kvmnet.VmInterface("b", { domain: "b", ...inContainer, address: "10.10.10.12", hostname: "b", tap: "tap-b" });
new kvmnet.VmInterface("c", { domain: "c", bridge, mac: "52:54:00:00:00:0c", waitForAddressSeconds: 0, ${nic} });`;

const filtered = (args: string) =>
  `${body().replace('"deny"', '"allow"')}\nnew kvmnet.GuestFilter("br0", { bridge, antiSpoof: true, guests: [a, b], ${args} });`;

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
  // Everybody below is in its VLAN 1.
  expect(await said("cat /sys/class/net/br0/bridge/vlan_filtering")).toMatch(/^1$/m);
});

/** Has `a` say by ARP that it is the gateway, and gives back the MAC addresses by which `b` knows the gateway meanwhile. */
async function posing(): Promise<string[]> {
  await b.run("arp -d 10.10.10.1; ping -c 1 -W 3 10.10.10.1");
  const [{ stdout }] = await Promise.all([
    b.run("for look in $(seq 80); do cat /proc/net/arp; sleep 0.1; done"),
    // In the first second the kernel keeps what it has just learnt.
    a.run(`nic=$(ip -4 -o addr show scope global | sed 's/^[0-9]*: *\\([^ ]*\\).*/\\1/'); sleep 2
      ip addr add 10.10.10.1/32 dev $nic && arping -U -c 3 -I $nic 10.10.10.1; ip addr del 10.10.10.1/32 dev $nic`),
  ]);
  const seen = stdout.match(/(?<=^10\.10\.10\.1 .*)52(:[0-9a-f]{2}){5}/gm) ?? [];
  return [...new Set(seen)];
}

test("guests get their reserved addresses, and are kept apart where it is so asked, whatever they try", async () => {
  expect(await a.address()).toBe("10.10.10.11");
  expect(await b.address()).toBe("10.10.10.12");
  expect(await reaches(a, "10.10.10.12")).toBe(false);
  await a.run("ip route add 10.10.10.12/32 via 10.10.10.1");
  expect(await reaches(a, "10.10.10.12")).toBe(false);
  await a.run("ip route del 10.10.10.12/32");
  const gateway = (await said("cat /sys/class/net/br0/address")).trim();
  expect(await posing()).toEqual([gateway]);
  await write(body().replace('"deny"', '"allow"'));
  succeeded(await stack.up());
  expect(await reaches(a, "10.10.10.12")).toBe(true);
  expect(await posing()).toHaveLength(2);
  await b.run("arp -d 10.10.10.1");
});

test("a filter in front of guests lets in what is listed, and answers; what else guests begin goes out, or is refused at once", async () => {
  await write(
    filtered('ingress: [{ ports: [80], sourceRanges: ["10.10.10.11"] }], egress: [{ action: "reject", ports: [81] }]'),
  );
  succeeded(await stack.up());
  succeeded(await stack.refresh("--expect-no-changes"));
  expect(await reaches(a, "10.10.10.12")).toBe(true);
  expect(await reaches(b, "10.10.10.11")).toBe(false);
  expect((await host.ssh("curl -s -m 2 http://10.10.10.12/", { check: false })).exitCode).toBe(28);
  expect((await b.run(`wget -q -O - ${OUTSIDE_URL}`)).stdout).toContain("outside");
  expect((await b.run("nc -w 9 10.10.10.1 81 2>&1 || true")).stdout).toContain("refused");
});

/** Has `a` send an ICMPv6 message to all nodes; by the host's programs, of which the guest has none. */
async function says(nic: string | undefined, message: string): Promise<void> {
  const inside = "nsenter -n -t $(pgrep -o -P $(cat /run/libvirt/lxc/a.pid))";
  const input = `use Socket qw(:DEFAULT AF_INET6 IPPROTO_ICMPV6 IPPROTO_IPV6 IPV6_MULTICAST_HOPS inet_pton pack_sockaddr_in6);
    socket my $raw, AF_INET6, SOCK_RAW, IPPROTO_ICMPV6 or die "$!\n";
    setsockopt $raw, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, pack("i", 255) or die "$!\n";
    send $raw, pack("H*", "${message}"), 0, pack_sockaddr_in6(0, inet_pton(AF_INET6, "ff02::1"), $ARGV[0]) or die "$!\n";`;
  await host.ssh(
    `${inside} ip addr replace fe80::bad/64 dev ${nic} nodad && ${inside} perl - $(${inside} ip -o link show ${nic} | cut -d : -f 1)`,
    { input },
  );
}

test("a guest passes for nobody else, whatever it sends", async () => {
  const mac = /52(:[0-9a-f]{2}){5}/.exec(await said("virsh -q -c lxc:///system domiflist b"))?.[0];
  const forged = [
    ["address", "ip saddr 10.10.10.12"],
    ["claimed", "arp saddr ip 10.10.10.1"],
    ["mac", `ether saddr ${mac}`],
    ["router", "icmpv6 type nd-router-advert"],
    ["neighbour", "icmpv6 type nd-neighbor-advert @th,64,128 0x20010db8000000000000000000000bad"],
  ] as const;
  // Both before our chain and after it: an attack that never arrived proves nothing.
  const spy = (at: number) => `chain at${Math.abs(at)} {
    type filter hook prerouting priority ${at}
    iifname != "tap-a" return
    ${forged.map(([name, frames]) => `${frames} counter comment "${name}"`).join("\n")}
  }`;
  await host.ssh("nft -f -", { input: `table bridge spy {\n${spy(-400)}\n${spy(0)}\n}` });
  const learnt = () => said(`bridge fdb show br br0 | grep '${mac} dev [^ ]* \\(vlan 1 \\)*master br0 *$'`);
  expect(await reaches(b, "10.10.10.1")).toBe(false);
  const before = await learnt();
  expect(before).toContain("dev tap-b");

  const gateway = (await said("cat /sys/class/net/br0/address")).trim();
  expect(await posing()).toEqual([gateway]);
  const nic = /^\d+: (\S+)/.exec((await a.run("ip -4 -o addr show scope global")).stdout)?.[1];
  await a.run(
    `ip addr add 10.10.10.12/32 dev ${nic}; ping -c 1 -W 1 -I 10.10.10.12 10.10.10.1; ip addr del 10.10.10.12/32 dev ${nic}`,
  );
  // A router, and a neighbour that has another's address (RFC 4861, sections 4.2 and 4.4).
  await says(nic, "86000000400007080000000000000000");
  await says(nic, "880000002000000020010db8000000000000000000000bad");
  await a.run(`own=$(ip link show ${nic} | sed -n 's/.*ether \\([^ ]*\\).*/\\1/p'); ip link set ${nic} address ${mac}
    ping -c 2 -W 1 10.10.10.1; ip link set ${nic} address $own`);
  expect(await learnt()).toBe(before);
  const { stdout } = await host.ssh("nft list table bridge spy; nft delete table bridge spy");
  const [arrived, through] = [400, 0].map((at) =>
    Object.fromEntries(
      [...(stdout.split(`chain at${at} {`)[1]?.split("}")[0] ?? "").matchAll(/packets (\d+) .*comment "(\w+)"/g)].map(
        ([, packets, name]) => [name, Number(packets)],
      ),
    ),
  );
  for (const [name] of forged) {
    expect(arrived?.[name], name).toBeGreaterThan(0);
    expect(through?.[name], name).toBe(0);
  }
  await write(body().replace('"deny"', '"allow"'));
  succeeded(await stack.up());
  expect(await said("nft list tables bridge")).not.toContain("kvmnetguests");
});

test("a NIC's link state and bandwidth change in place, its model by plugging it out and in, with the same address", async () => {
  const nic = () => said("virsh -q domiflist c; virsh -q domif-getlink c 52:54:00:00:00:0c");
  const before = (await nic()).split(/\s+/)[1];
  const limited = 'linkState: "down", bandwidth: { inboundKiBps: 1024, outboundKiBps: 512 }';
  await write(body(limited).replace('"deny"', '"allow"'));
  succeeded(await stack.up());
  expect(await nic()).toMatch(/52:54:00:00:00:0c[\s\S]*down/);
  for (const option of ["--live", "--config"]) {
    const tune = await said(`virsh -q domiftune c 52:54:00:00:00:0c ${option}`);
    expect(tune).toMatch(/inbound\.average: 1024[\s\S]*outbound\.average: 512/);
  }
  // Quick hosts' kernel has no queues for it.
  expect(await said(`tc class show dev ${before}`)).toContain("rate 8192Kbit");
  expect((await nic()).split(/\s+/)[1]).toBe(before);
  await write(body('model: "e1000e"').replace('"deny"', '"allow"'));
  const up = succeeded(await stack.up());
  expect(up.stdout).toContain("plugged out and in again");
  expect(await nic()).toMatch(/e1000e +52:54:00:00:00:0c/);
  expect(await said("virsh -q domiflist c --inactive")).toMatch(/e1000e +52:54:00:00:00:0c/);
  succeeded(await stack.refresh("--expect-no-changes"));
});

test("libvirt is restarted, and loads its own rules again: guests are in reach within 5 s, rules of others are as before", async () => {
  const theirs =
    "table inet theirs {\n counter seen { packets 7 bytes 700 }\n chain in { type filter hook input priority 0; accept; }\n}\n";
  await host.ssh("virsh -q net-start default && nft -f -", { input: theirs });
  const foreign = () =>
    said("nft -s list ruleset | awk '/^table/ { ours = / kvmnet_/ } !ours'; nft list counters table inet theirs");
  const numbered = () => said("nft -a list chain ip nat LIBVIRT_PRT");
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
  expect(await said("curl -s -m 2 http://10.10.10.11/ http://10.10.10.12/")).toMatch(/guest a[\s\S]*guest b/);
  await host.ssh("nft delete table inet theirs; virsh -q net-destroy default");
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
  await write(filtered('egress: [{ protocol: "udp", ports: [53] }], egressDefault: "drop"'));
  succeeded(await stack.up());
  await host.reboot();
  // By DHCP, which always passes, at a port whose name has stayed.
  expect(await a.address()).toBe("10.10.10.11");
  expect(await said("nft list table bridge kvmnetguests_br0; ls /sys/class/net/br0/brif")).toMatch(
    /"tap-b"[\s\S]*tap-a/,
  );
  expect(await reaches(a, "10.10.10.12")).toBe(false);
  expect(await said("ip -br addr show br0; ip -d -o link show d0")).toMatch(/10\.10\.10\.1\/24[\s\S]*master br0/);
  succeeded(await stack.refresh());
  succeeded(await stack.up());
  succeeded(await stack.destroy());
  expect(
    await said("ip -br link show type bridge; ip -br link show type dummy; ls -d /etc/kvmnet /var/lib/kvmnet"),
  ).toBe("");
});
