import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Guest, QuickHost } from "../lab/quick/index.ts";
import type { Stack } from "../lab/stack.ts";
import { program, succeeded, Testbed } from "../lab/testbed.ts";

const HOST = { ipv4: "198.51.100.2", ipv6: "2001:db8:51::2" };
const OUTSIDE = { ipv4: "198.51.100.1", ipv6: "2001:db8:51::1" };
const WEB = { ipv4: "10.10.10.10", ipv6: "fd00:10::10" };

const forwards = `
const bridge = new kvmnet.Bridge("br0", { addresses: ["10.10.10.1/24", "fd00:10::1/64"] });
const network = new kvmnet.NatNetwork("br0", { bridge });
const target = "${WEB.ipv6}";
const to7000 = (port: number) => [{ port, targetPort: 7000 }];
new kvmnet.PortForward("both", { network, target, protocol: "both", ports: to7000(5000) });
new kvmnet.PortForward("four", { network, target: "${WEB.ipv4}", ports: [{ port: 5000, targetPort: 7001 }] });
new kvmnet.PortForward("listen", { network, target, listenAddresses: ["2001:DB8:51:0::2"], ports: to7000(5100) });
new kvmnet.PortForward("elsewhere", { network, target, listenAddresses: ["2001:db8:51::99"], ports: to7000(5101) });
new kvmnet.PortForward("source", { network, target, sourceRanges: ["2001:db8:51::/64"], ports: to7000(5200) });
new kvmnet.PortForward("sources", { network, target, sourceRanges: ["2001:db8:52::/64"], ports: to7000(5201) });
new kvmnet.PortForward("uplink", { network, target, listenInterfaces: ["eth0"], ports: to7000(5400) });
new kvmnet.PortForward("lan", { network, target, reachableFrom: ["lan"], ports: to7000(5300) });
const dns = new kvmnet.PortForward("dns", { network, intercept: ["8.8.8.8"], protocol: "both", ports: [53], target: "127.0.0.1" });
new kvmnet.PortForward("loop", { network, intercept: "192.0.2.50", target: "127.0.0.1", ports: [{ port: 80, targetPort: 8053 }] });
new kvmnet.PortForward("loop6", { network, intercept: "2001:db8:99::50", target: "::1", ports: [{ port: 80, targetPort: 8053 }] });
new kvmnet.PortForward("out", { network, intercept: ["192.0.2.51"], target: "${OUTSIDE.ipv4}", ports: [{ port: 80, targetPort: 81 }] });
const guest = new kvmnet.PortForward("guest", { network, intercept: ["192.0.2.52"], target: "${WEB.ipv4}", protocol: "both", ports: to7000(80) });
new kvmnet.PortForward("host", { network, intercept: ["192.0.2.53"], target: "${HOST.ipv4}", ports: [{ port: 80, targetPort: 8054 }] });
new kvmnet.PortForward("any", { network, intercept: "any", target: "${OUTSIDE.ipv4}", protocol: "both", ports: [{ port: 90, targetPort: 81 }] });
new kvmnet.PortForward("exact", { network, intercept: "192.0.2.54", target: "${WEB.ipv4}", ports: [{ port: 90, targetPort: 7000 }] });
const anyLoop = new kvmnet.PortForward("anyloop", { network, intercept: "any", target: "127.0.0.1", ports: [{ port: 91, targetPort: 8053 }] });
export const ways = [anyLoop.via, anyLoop.endpoints];
export const seen = [dns.via, guest.via, dns.endpoints];`;

let testbed: Testbed;
let host: QuickHost;
let stack: Stack;
let web: Guest;
let other: Guest;
let empty: string;

const units = async () => (await host.exec("ls -A /etc/systemd/system /etc/kvmnet 2>&1; nft list tables")).stdout;
/** A program of the host's that answers with who asks. */
async function answers(address: string, port: number): Promise<void> {
  const input = await readFile(join(import.meta.dirname, "../lab/quick/answer.pl"), "utf8");
  await host.exec(`perl - tcp ${address} ${port} host`, { input });
}
async function plugIn(name: string, last: number): Promise<Guest> {
  const guest = await host.guest({ name, bridge: "br0" });
  await guest.static(`10.10.10.${last}/24`, "10.10.10.1");
  await guest.exec(`ip addr add fd00:10::${last}/64 dev eth0 nodad; ip route add default via fd00:10::1`);
  return guest;
}
async function services(): Promise<void> {
  const resolver = "--conf-file=/dev/null --pid-file= --no-resolv --no-hosts --address=/loop.test/192.0.2.77";
  await host.exec(`dnsmasq ${resolver} --listen-address=127.0.0.1 --bind-interfaces`);
  for (const [address, port] of [
    ["127.0.0.1", 8053],
    ["::1", 8053],
    [HOST.ipv4, 8054],
  ] as const)
    await answers(address, port);
}

beforeAll(async () => {
  testbed = await Testbed.start("hv1");
  host = testbed.host;
  empty = await units();
  await services();
  stack = await testbed.stack(forwards);
  succeeded(await stack.up());
  web = await plugIn("web", 10);
  other = await plugIn("other", 11);
  for (const port of [7000, 7001]) await web.answer("tcp", port);
  await web.answer("udp", 7000);
  await host.outside.answer("tcp", 81);
  await host.addressesUsable();
});
afterAll(() => testbed?.stop());

async function resolve(guest: Guest, protocol: "tcp" | "udp", name: string): Promise<string | undefined> {
  const input = await readFile(join(import.meta.dirname, "resolve.pl"), "utf8");
  const { stdout, exitCode } = await guest.exec(`perl - ${protocol} 8.8.8.8 ${name}`, { input, mayFail: true });
  return exitCode === 0 ? stdout : undefined;
}

describe("a forward of IPv6", () => {
  test("takes tcp and udp from the outside, beside one of IPv4 on the same port", async () => {
    expect(await host.outside.dial(HOST.ipv6, 5000)).toBe(`${OUTSIDE.ipv6} web`);
    expect(await host.outside.dial(HOST.ipv6, 5000, "udp")).toBe(`${OUTSIDE.ipv6} web`);
    expect(await host.outside.dial(HOST.ipv4, 5000)).toBe(`${OUTSIDE.ipv4} web`);
  });
  test("listens where it is told to, and takes whom it is told to", async () => {
    const seen = async (port: number) => (await host.outside.dial(HOST.ipv6, port)) !== undefined;
    const all = { 5100: true, 5101: false, 5200: true, 5201: false, 5300: true, 5400: true };
    for (const [port, expected] of Object.entries(all))
      expect([port, await seen(Number(port))]).toEqual([port, expected]);
  });
  test("is reached from the host and from guests by the host's address (hairpin), unless it shall not be", async () => {
    const fromHost = async (port: number) =>
      (await host.exec(`busybox nc -w 2 ${HOST.ipv6} ${port} < /dev/null`, { mayFail: true })).stdout;
    expect(await fromHost(5000)).toMatch(/ web$/);
    expect(await other.dial(HOST.ipv6, 5000)).toBe("fd00:10::1 web");
    expect(await fromHost(5300)).toBe("");
    expect(await other.dial(HOST.ipv6, 5300)).toBeUndefined();
  });
});

describe("an intercept", () => {
  test("leads guests to another machine, to another guest and to the host", async () => {
    expect(await other.dial("192.0.2.51", 80)).toBe(`${HOST.ipv4} outside`);
    expect(await other.dial("192.0.2.52", 80)).toBe("10.10.10.1 web");
    expect(await other.dial("192.0.2.52", 80, "udp")).toBe("10.10.10.1 web");
    expect(await other.dial("192.0.2.53", 80)).toBe("10.10.10.11 host");
  });
  test("leaves alone whom it leads to", async () => {
    expect(await web.dial("192.0.2.52", 80)).toBeUndefined();
  });
  test("leads guests to the host's loopback: any stream, and DNS", async () => {
    expect(await other.dial("192.0.2.50", 80)).toBe("127.0.0.1 host");
    expect(await other.dial("2001:db8:99::50", 80)).toBe("::1 host");
    expect(await resolve(other, "udp", "loop.test")).toBe("192.0.2.77");
    expect(await resolve(other, "tcp", "loop.test")).toBe("192.0.2.77");
  });
  test("leads guests away from any address, but the host's and each other's; one that names the address goes first", async () => {
    expect(await other.dial("192.0.2.60", 90)).toBe(`${HOST.ipv4} outside`);
    expect(await other.dial("203.0.113.7", 91)).toBe("127.0.0.1 host");
    expect(await other.dial("192.0.2.54", 90)).toBe("10.10.10.1 web");
    expect(await other.dial(HOST.ipv4, 90)).toBeUndefined();
    expect(await other.dial(WEB.ipv4, 90)).toBeUndefined();
    await host.outside.exec("ip addr add 203.0.113.7/32 dev lo");
    expect(await host.outside.dial("203.0.113.7", 91)).toBeUndefined();
    expect((await stack.outputs()).ways).toEqual(["relay", ["tcp *:91 → 127.0.0.1:8053"]]);
  });
  test("opens loopback to nobody, nor its relays to others than those it leads there", async () => {
    const listed = (await host.exec("nft list table inet kvmnet_br0")).stdout;
    const relays = [...listed.matchAll(/: 10\.10\.10\.1 \. (\d+)/g)].map(([, port]) => Number(port));
    expect(relays).toHaveLength(3);
    await host.outside.exec(`ip route add 10.10.10.0/24 via ${HOST.ipv4}`);
    const dialled = [8053, ...relays].flatMap((port) => [
      other.dial("10.10.10.1", port),
      host.outside.dial("10.10.10.1", port),
      host.outside.dial(HOST.ipv4, port),
    ]);
    expect((await Promise.all(dialled)).filter((answer) => answer !== undefined)).toEqual([]);
    expect((await host.exec("cat /proc/sys/net/ipv4/conf/*/route_localnet | sort -u")).stdout).toBe("0");
  });
  test("says how it leads", async () => {
    const endpoints = ["tcp 8.8.8.8:53 → 127.0.0.1:53", "udp 8.8.8.8:53 → 127.0.0.1:53"];
    expect((await stack.outputs()).seen).toEqual(["relay", "nat", endpoints]);
  });
});

test("another port in front of one that is relayed leaves that where it is", async () => {
  const led = `ports: [{ port: 80, targetPort: 8053 }] });`;
  const more = forwards.replace(
    `"192.0.2.50", target: "127.0.0.1", ${led}`,
    `"192.0.2.50", target: "127.0.0.1", ports: [{ port: 81, targetPort: 8055 }, { port: 80, targetPort: 8053 }] });`,
  );
  await answers("127.0.0.1", 8055);
  await stack.write(program(more));
  succeeded(await stack.up());
  expect(await other.dial("192.0.2.50", 81)).toBe("127.0.0.1 host");
  expect(await other.dial("192.0.2.50", 80)).toBe("127.0.0.1 host");
  await stack.write(program(forwards));
  succeeded(await stack.up());
  expect(await other.dial("192.0.2.50", 81)).toBeUndefined();
  expect(await other.dial("192.0.2.50", 80)).toBe("127.0.0.1 host");
});

test("all of it is there after a boot, and nothing of it after a destroy", async () => {
  await host.reboot();
  await services();
  other = await plugIn("other", 11);
  expect(await other.dial("192.0.2.50", 80)).toBe("127.0.0.1 host");
  expect(await resolve(other, "udp", "loop.test")).toBe("192.0.2.77");
  succeeded(await stack.refresh("--expect-no-changes"));
  succeeded(await stack.destroy());
  expect(await units()).toBe(empty);
  expect((await host.exec("systemctl list-units --all --plain 'kvmnet*'")).stdout).toContain("0 loaded units");
});
