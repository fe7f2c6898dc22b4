import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Guest, Peer, QuickHost } from "../lab/quick/index.ts";
import type { Stack } from "../lab/stack.ts";
import { program, succeeded, Testbed } from "../lab/testbed.ts";

const OUTSIDE = { ipv4: "198.51.100.1", ipv6: "2001:db8:51::1" };
const HOST = { ipv4: "198.51.100.2", ipv6: "2001:db8:51::2" };
/** Where the translated network's guests come from, as it seems. */
const SNAT = "198.51.100.7";

/** Networks by what they are: `10.N.0.0/24` and `fd00:N::/64`. */
const networks = `
const bridge = (name: string, n: number) =>
  new kvmnet.Bridge(name, { addresses: [\`10.\${n}.0.1/24\`, \`fd00:\${n}::1/64\`], mtu: n === 61 ? 1300 : 1500 });
const fixed = bridge("fixed", 61);
new kvmnet.DnsmasqInstance("fixed", { bridge: fixed, routerAdvertisements: "off" });
new kvmnet.NatNetwork("fixed", { bridge: fixed, nat66: true, snatAddresses: ["${SNAT}"], clampMss: true, fillDhcpChecksum: true });
const plain = new kvmnet.NatNetwork("plain", { bridge: bridge("plain", 62) });
new kvmnet.PortForward("in", { network: plain, target: "10.62.0.10", ports: [{ port: 6200, targetPort: 7000 }] });
new kvmnet.NatNetwork("routed", { bridge: bridge("routed", 63), mode: "routed", ingress: [{ ports: [7000] }, { protocol: "icmp" }] });
new kvmnet.NatNetwork("alone", { bridge: bridge("alone", 64), mode: "isolated" });`;

let testbed: Testbed;
let host: QuickHost;
let stack: Stack;
const guests: Record<string, Guest> = {};
let before: string;

/** What turning forwarding on changes, and what is set so that the host keeps its own way out. */
const settings = async () => {
  const where = ["ipv4", "ipv6"].flatMap((family) =>
    ["all", "default", "eth0", "lo"].map((link) => `${family}/conf/${link}`),
  );
  const read = `cd /proc/sys/net; grep -rs '' ${where.join(" ")} ipv4/ip_forward | sort`;
  return (await host.exec(read, { mayFail: true })).stdout;
};

beforeAll(async () => {
  testbed = await Testbed.start("hv1");
  host = testbed.host;
  // An uplink whose kernel takes router advertisements, as where no network manager does.
  await host.exec("echo 1 > /proc/sys/net/ipv6/conf/eth0/accept_ra");
  await advertised("2001:db8:77:");
  before = await settings();
  stack = await testbed.stack(networks);
  succeeded(await stack.up());
  // The provider of a fixed address routes it to the host; that of the others' networks does too.
  const routes = [`${SNAT}/32`, "10.62.0.0/16", "10.63.0.0/16", "10.64.0.0/16"].map(
    (to) => `ip route add ${to} via ${HOST.ipv4}`,
  );
  const routes6 = ["fd00:62::/64", "fd00:63::/64", "fd00:64::/64"].map((to) => `ip route add ${to} via ${HOST.ipv6}`);
  await host.outside.exec([...routes, ...routes6].join("; "));
  await host.outside.answer("tcp", 81);
  for (const [name, n] of [
    ["fixed", 61],
    ["plain", 62],
    ["routed", 63],
    ["alone", 64],
  ] as const) {
    const guest = await host.guest({ name, bridge: name });
    await guest.static(`10.${n}.0.10/24`, `10.${n}.0.1`);
    await guest.exec(`ip addr add fd00:${n}::10/64 dev eth0 nodad; ip route add default via fd00:${n}::1`);
    await guest.answer("tcp", 7000);
    await guest.answer("tcp", 7001);
    guests[name] = guest;
  }
  await host.addressesUsable();
});
afterAll(() => testbed?.stop());

/** Whom the outside sees when a guest calls by IPv4 and by IPv6. */
const seenOutside = async (name: string) => [
  await guests[name]?.dial(OUTSIDE.ipv4, 81),
  await guests[name]?.dial(OUTSIDE.ipv6, 81),
];
/** What a guest's two ports answer the caller, by both families. */
async function answers(caller: { dial: Guest["dial"] } | undefined, n: number): Promise<(string | undefined)[]> {
  const all = [];
  for (const port of [7000, 7001])
    for (const to of [`10.${n}.0.10`, `fd00:${n}::10`]) all.push(await caller?.dial(to, port));
  return all;
}
/** Counts packets that a rule matches, where they arrive. */
async function counted(peer: Peer, hook: string, rule: string): Promise<() => Promise<number>> {
  const lines = [
    "table inet seen {",
    `chain ${hook} { type filter hook ${hook} priority 0`,
    `${rule} counter`,
    "}",
    "}",
  ];
  await peer.exec("nft -f -", { input: `${lines.join("\n")}\n` });
  return async () => Number(/packets (\d+)/.exec((await peer.exec("nft list table inet seen")).stdout)?.[1]);
}
const nobody = [undefined, undefined, undefined, undefined];

describe("a translated network", () => {
  test("shows its guests as the address that is given, or the host's; by IPv6 where it is so asked", async () => {
    expect(await seenOutside("fixed")).toEqual([`${SNAT} outside`, `${HOST.ipv6} outside`]);
    expect(await seenOutside("plain")).toEqual([`${HOST.ipv4} outside`, "fd00:62::10 outside"]);
  });
  test("lets nobody in", async () => {
    expect(await answers(host.outside, 62)).toEqual(nobody);
    expect(await answers(guests.routed, 62)).toEqual(nobody);
  });
  test("has TCP agree on segments that the path takes", async () => {
    // 1300 bytes less 20 of IPv4 and 20 of TCP: the guest itself says 1460.
    const seen = await counted(host.outside, "input", "tcp dport 81 tcp flags syn tcp option maxseg size 1260");
    expect(await guests.fixed?.dial(OUTSIDE.ipv4, 81)).toBeDefined();
    expect(await seen()).toBe(1);
  });
  test("sends DHCP answers without a checksum", async () => {
    const guest = await host.guest({ name: "leased", bridge: "fixed" });
    const seen = await counted(guest, "prerouting", "udp dport 68 udp checksum 0");
    expect((await guest.dhcp()).router).toBe("10.61.0.1");
    expect(await seen()).toBeGreaterThan(0);
  });
});

describe("a routed network", () => {
  test("shows its guests as they are", async () => {
    expect(await seenOutside("routed")).toEqual(["10.63.0.10 outside", "fd00:63::10 outside"]);
  });
  test("lets in what is listed, and refuses the rest at once", async () => {
    const started = Date.now();
    expect(await answers(host.outside, 63)).toEqual([
      `${OUTSIDE.ipv4} routed`,
      `${OUTSIDE.ipv6} routed`,
      undefined,
      undefined,
    ]);
    expect(Date.now() - started).toBeLessThan(2500);
    expect((await host.outside.exec("ping -c 1 -W 2 10.63.0.10 && ping -c 1 -W 2 fd00:63::10")).exitCode).toBe(0);
  });
  test("sees guests of our other networks as they are", async () => {
    expect(await answers(guests.fixed, 63)).toEqual(["10.61.0.10 routed", "fd00:61::10 routed", undefined, undefined]);
    expect(await answers(guests.plain, 63)).toEqual(["10.62.0.10 routed", "fd00:62::10 routed", undefined, undefined]);
  });
});

describe("an isolated network", () => {
  test("lets nothing out and nobody in", async () => {
    expect(await seenOutside("alone")).toEqual([undefined, undefined]);
    expect(await answers(guests.alone, 63)).toEqual(nobody);
    expect(await answers(host.outside, 64)).toEqual(nobody);
    expect(await answers(guests.plain, 64)).toEqual(nobody);
  });
  test("has its host: ping, and neighbours by IPv6", async () => {
    const pinged = await guests.alone?.exec("ping -c 1 -W 2 10.64.0.1 && ping -c 1 -W 2 fd00:64::1", { mayFail: true });
    expect(pinged?.exitCode).toBe(0);
  });
});

/** Gives the plain network more arguments. */
const become = async (args: string) => {
  const text = networks.replace('bridge("plain", 62)', `bridge("plain", 62), ${args}`);
  await stack.write(program(text));
  return succeeded(await stack.up());
};

test("a network with uplinks leaves by those alone; one that the host does not have is named", async () => {
  const { stdout } = await become('uplinks: ["eth0", "eth7"]');
  expect(stdout).toContain(
    "uplinks[1]: hv1 has no interface eth7. Guests of plain get out there when it comes. It has alone, eth0, fixed, routed.",
  );
  expect(await seenOutside("plain")).toEqual([`${HOST.ipv4} outside`, "fd00:62::10 outside"]);
  expect(await answers(guests.plain, 63)).toEqual(nobody);
});

describe("a network with a list of what its guests may reach", () => {
  const listed = (rules: string) => become(`egress: ${rules}`);
  const routed = ["10.63.0.10", "fd00:63::10"];

  test("lets out what is listed; flows that it does not let out any more end, the others go on", async () => {
    await host.outside.echo(82);
    const [kept, cut] = await Promise.all([
      guests.plain?.transfer(OUTSIDE.ipv4, 82),
      guests.plain?.transfer(OUTSIDE.ipv6, 82),
    ]);
    await listed(`[{ ports: ["81-82"], destinationRanges: ["${OUTSIDE.ipv4}"] }, { protocol: "icmp" }]`);
    expect(await cut?.lost()).toBe("Connection reset by peer");
    expect(await kept?.lost()).toBeUndefined();
    expect(await seenOutside("plain")).toEqual([`${HOST.ipv4} outside`, undefined]);
    expect((await guests.plain?.exec("ping -c 1 -W 2 fd00:63::10", { mayFail: true }))?.exitCode).toBe(0);
    for (const to of routed) expect(await guests.plain?.dial(to, 7000)).toBeUndefined();
    // Whoever poses as another guest is stopped before the list.
    const poses = "ip addr add 203.0.113.9/32 dev lo; ping -c 1 -W 1 -I 203.0.113.9 198.51.100.1";
    await host.outside.exec("nft delete table inet seen", { mayFail: true });
    const posed = await counted(host.outside, "input", "ip saddr 203.0.113.9");
    await guests.plain?.exec(poses, { mayFail: true });
    expect(await posed()).toBe(0);
    // A change of one rule interrupts nothing that another allows.
    await listed(`[{ ports: ["82-83"], destinationRanges: ["${OUTSIDE.ipv4}"] }]`);
    expect(await kept?.lost()).toBeUndefined();
    expect(await seenOutside("plain")).toEqual([undefined, undefined]);
    await kept?.end();
  });
  test("lets nothing out by an empty one, and lets guests answer", async () => {
    await listed("[]");
    expect(await seenOutside("plain")).toEqual([undefined, undefined]);
    expect(await host.outside.dial(HOST.ipv4, 6200)).toBe(`${OUTSIDE.ipv4} plain`);
  });
});

/** Has the router outside advertise a prefix, and waits until the host has an address of it, and the router as a way out. */
async function advertised(prefix: string): Promise<void> {
  const input = await readFile(join(import.meta.dirname, "advertise.pl"), "utf8");
  // From its link-local address: a router that has none yet is no router.
  await host.outside.exec("while ip -6 addr show dev uplink tentative | grep -q inet6; do sleep 0.1; done");
  await host.outside.exec(`perl - uplink ${prefix}:`, { input });
  const taken = `ip -6 addr show dev eth0 dynamic | grep -q '${prefix}' && ip -6 route show default proto ra | grep -q eth0`;
  await host.exec(`until ${taken}; do sleep 0.1; done`, { timeout: 5_000 });
}

test("the host goes on to take router advertisements, and all settings come back with the last network", async () => {
  const now = async () => (await host.exec("cd /proc/sys/net/ipv6/conf; cat eth0/accept_ra all/forwarding")).stdout;
  expect(await now()).toBe("2\n1");
  // The route from before the first network was made is there yet, and the host still listens.
  expect((await host.exec("ip -6 route show default proto ra")).stdout).toContain("eth0");
  await advertised("2001:db8:78:");
  succeeded(await stack.up("--expect-no-changes"));
  succeeded(await stack.destroy());
  expect(await now()).toBe("1\n0");
  expect(await settings()).toBe(before);
  expect(
    (await host.exec("nft list tables; ls -A /etc/kvmnet /etc/sysctl.d | grep kvmnet", { mayFail: true })).stdout,
  ).toBe("");
});
