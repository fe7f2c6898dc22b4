import { afterAll, beforeAll, expect, test } from "vitest";
import { pausedQemuGuest } from "../lab/qemu/guests.ts";
import { OUTSIDE_URL } from "../lab/qemu/host.ts";
import { succeeded } from "../lab/testbed.ts";
import { TwoGuests } from "./two-guests.ts";

/** Guests with taps of their own names, and one that never runs and takes NICs live. */
const body = (nic = 'linkState: "up"') => `
const bridge = new kvmnet.Bridge("br0", { addresses: ["10.10.10.1/24"], vlanFiltering: true });
const network = new kvmnet.NatNetwork("br0", { bridge });
const dhcp = new kvmnet.DnsmasqInstance("br0", { bridge, domain: "lab.internal" });
const inContainer = { uri: "lxc:///system", bridge, dhcp };
const a = new kvmnet.VmInterface("a", { domain: "a", ...inContainer, address: "10.10.10.11", hostname: "a", tap: "tap-a" });
const b = new kvmnet.VmInterface("b", { domain: "b", ...inContainer, address: "10.10.10.12", hostname: "b", tap: "tap-b" });
new kvmnet.VmInterface("c", { domain: "c", bridge, mac: "52:54:00:00:00:0c", waitForAddressSeconds: 0, ${nic} });`;

const filtered = (args: string) =>
  `${body()}\nnew kvmnet.GuestFilter("br0", { bridge, antiSpoof: true, guests: [a, b], ${args} });`;

let bed: TwoGuests;
let { host, stack, a, b } = {} as TwoGuests;

beforeAll(async () => {
  bed = await TwoGuests.start("guest-filter", body(), (on) => pausedQemuGuest(on, "c"));
  ({ host, stack, a, b } = bed);
});
afterAll(() => bed?.stop());

test("a NIC's link state and bandwidth change in place, its model by plugging it out and in, with the same address", async () => {
  const nic = () => bed.said("virsh -q domiflist c; virsh -q domif-getlink c 52:54:00:00:00:0c");
  const before = (await nic()).split(/\s+/)[1];
  const limited = 'linkState: "down", bandwidth: { inboundKiBps: 1024, outboundKiBps: 512 }';
  await bed.write(body(limited));
  succeeded(await stack.up());
  expect(await nic()).toMatch(/52:54:00:00:00:0c[\s\S]*down/);
  for (const option of ["--live", "--config"]) {
    const tune = await bed.said(`virsh -q domiftune c 52:54:00:00:00:0c ${option}`);
    expect(tune).toMatch(/inbound\.average: 1024[\s\S]*outbound\.average: 512/);
  }
  // Quick hosts' kernel has no queues for it.
  expect(await bed.said(`tc class show dev ${before}`)).toContain("rate 8192Kbit");
  expect((await nic()).split(/\s+/)[1]).toBe(before);
  await bed.write(body('model: "e1000e"'));
  const up = succeeded(await stack.up());
  expect(up.stdout).toContain("plugged out and in again");
  expect(await nic()).toMatch(/e1000e +52:54:00:00:00:0c/);
  expect(await bed.said("virsh -q domiflist c --inactive")).toMatch(/e1000e +52:54:00:00:00:0c/);
  succeeded(await stack.refresh("--expect-no-changes"));
});

test("a filter in front of guests lets in what is listed, and answers; what else guests begin goes out, or is refused at once", async () => {
  await bed.write(
    filtered('ingress: [{ ports: [80], sourceRanges: ["10.10.10.11"] }], egress: [{ action: "reject", ports: [81] }]'),
  );
  succeeded(await stack.up());
  succeeded(await stack.refresh("--expect-no-changes"));
  expect(await bed.reaches(a, "10.10.10.12")).toBe(true);
  expect(await bed.reaches(b, "10.10.10.11")).toBe(false);
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
  const mac = /52(:[0-9a-f]{2}){5}/.exec(await bed.said("virsh -q -c lxc:///system domiflist b"))?.[0];
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
  const learnt = () => bed.said(`bridge fdb show br br0 | grep '${mac} dev [^ ]* \\(vlan 1 \\)*master br0 *$'`);
  expect(await bed.reaches(b, "10.10.10.1")).toBe(false);
  const before = await learnt();
  expect(before).toContain("dev tap-b");

  const gateway = (await bed.said("cat /sys/class/net/br0/address")).trim();
  expect(await bed.gatewayAsKnown()).toEqual([gateway]);
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
});

test("the filter is there after a reboot, at ports whose names have stayed, and goes without a trace", async () => {
  await bed.write(filtered('egress: [{ protocol: "udp", ports: [53] }], egressDefault: "drop"'));
  succeeded(await stack.up());
  await host.reboot();
  // By DHCP, which always passes.
  expect(await a.address()).toBe("10.10.10.11");
  expect(await bed.said("nft list table bridge kvmnetguests_br0; ls /sys/class/net/br0/brif")).toMatch(
    /"tap-b"[\s\S]*tap-a/,
  );
  expect(await bed.reaches(a, "10.10.10.12")).toBe(false);
  await bed.write(body());
  succeeded(await stack.up());
  expect(await bed.said("nft list tables bridge")).not.toContain("kvmnetguests");
  expect(await bed.reaches(a, "10.10.10.12")).toBe(true);
  succeeded(await stack.destroy());
});
