/** What a guest that means harm can do: each test is an attack from a guest's own namespace, root in it. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Guest, QuickHost } from "../lab/quick/index.ts";
import type { Run, Stack } from "../lab/stack.ts";
import { succeeded, Testbed } from "../lab/testbed.ts";

const HOST = "198.51.100.2";
const VICTIM = "10.20.20.10";
const body = ["10.10.10", "10.20.20"]
  .map(
    (subnet, n) => `
const bridge${n} = new kvmnet.Bridge("br${n}", { addresses: ["${subnet}.1/24"] });
const network${n} = new kvmnet.NatNetwork("br${n}", { bridge: bridge${n} });
const dhcp${n} = new kvmnet.DnsmasqInstance("br${n}", {
  bridge: bridge${n}, domain: "net${n}.internal", hostRecords: { "secret.net${n}.internal": "${subnet}.10" },
});
export const leases${n} = dhcp${n}.leases;`,
  )
  .join("\n");
/** Counts what the attacks bring to the host's wire: an attack that never arrived proves nothing. */
const spy = `table inet spy {
  counter loopback {}
  counter advertised {}
  counter forged {}
  counter through {}
  chain wire {
    type filter hook prerouting priority -400;
    iifname "br0" ip daddr 127.0.0.0/8 counter name loopback
    iifname "br0" icmpv6 type nd-router-advert counter name advertised
    iifname "br0" ip saddr 10.20.20.66 counter name forged
  }
  chain out {
    type filter hook postrouting priority 400;
    oifname "br1" ip saddr { 10.10.10.0/24, 10.20.20.66 } counter name through
  }
}`;

let testbed: Testbed;
let host: QuickHost;
let stack: Stack;
let evil: Guest;
let victim: Guest;

beforeAll(async () => {
  testbed = await Testbed.start("hv1");
  host = testbed.host;
  stack = await testbed.stack(body);
  succeeded(await stack.up());
  evil = await host.guest({ name: "evil", bridge: "br0" });
  await evil.static("10.10.10.66/24", "10.10.10.1");
  victim = await host.guest({ name: "victim", bridge: "br1" });
  await victim.static(`${VICTIM}/24`, "10.20.20.1");
  for (const protocol of ["tcp", "udp"] as const) await victim.answer(protocol, 7000);
  await host.exec("setsid -f busybox httpd -p 127.0.0.1:8125 -h /tmp; setsid -f busybox httpd -p 8126 -h /tmp");
  await host.exec("nft -f -", { input: spy });
});
afterAll(() => testbed?.stop());

const counted = async (name: string) =>
  Number(/packets (\d+)/.exec((await host.exec(`nft list counter inet spy ${name}`)).stdout)?.[1]);
const fromHost = async (address: string, port: number) =>
  (await host.exec(`busybox nc -w 2 ${address} ${port} < /dev/null`, { mayFail: true })).stdout;

describe("a guest does not reach", () => {
  test("the host's SSH port, on whatever address of the host", async () => {
    const link = /inet6 (fe80\S+)\//.exec((await host.exec("ip -6 -o addr show dev br0 scope link")).stdout)?.[1];
    expect(await host.outside.dial(HOST, 22)).toMatch(/^SSH-2\.0/);
    for (const address of ["10.10.10.1", "10.20.20.1", HOST, `${link}%eth0`]) {
      expect(await evil.dial(address, 22), address).toBeUndefined();
    }
  });

  test("what else the host serves", async () => {
    expect(await fromHost(HOST, 8126)).toBeDefined();
    expect(await host.outside.fetch(`http://${HOST}:8126/`).catch(String)).toContain("404");
    for (const address of ["10.10.10.1", "10.20.20.1", HOST]) {
      expect(await evil.fetch(`http://${address}:8126/`).catch(String), address).toMatch(/Failed to connect|refused/);
    }
  });

  test("the host's loopback, by packets for 127.0.0.1 on the wire", async () => {
    // Routed like any other address, which a guest's own kernel can be told to do.
    await evil.exec(`echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet; ip addr del 127.0.0.1/8 dev lo
      ip route add 127.0.0.1/32 via 10.10.10.1 src 10.10.10.66`);
    expect(await evil.dial("127.0.0.1", 8125)).toBeUndefined();
    expect(await evil.dial("127.0.0.1", 8125, "udp")).toBeUndefined();
    expect(await counted("loopback")).toBeGreaterThan(0);
  });

  test("a guest of another network, not with an address of that network either", async () => {
    expect(await fromHost(VICTIM, 7000)).toMatch(/ victim$/);
    for (const protocol of ["tcp", "udp"] as const) expect(await evil.dial(VICTIM, 7000, protocol)).toBeUndefined();
    await evil.exec("ip addr add 10.20.20.66/32 dev eth0; ip route add 10.20.20.10/32 via 10.10.10.1 src 10.20.20.66");
    for (const protocol of ["tcp", "udp"] as const) expect(await evil.dial(VICTIM, 7000, protocol)).toBeUndefined();
    expect(await counted("forged")).toBeGreaterThan(0);
    expect(await counted("through")).toBe(0);
    await evil.exec("ip addr del 10.20.20.66/32 dev eth0");
  });

  test("the names of another network", async () => {
    const lookup = (server: string, name: string) =>
      evil.exec(`busybox nslookup ${name} ${server}`, { mayFail: true }).then(({ stdout }) => stdout);
    expect(await lookup("10.10.10.1", "secret.net0.internal")).toContain("10.10.10.10");
    expect(await lookup("10.20.20.1", "secret.net1.internal")).not.toContain("10.20.20.10");
    expect(await lookup("10.10.10.1", "secret.net1.internal")).not.toContain("10.20.20.10");
  });
});

test("a guest does not become the host's router by advertising itself", async () => {
  const input = await readFile(join(import.meta.dirname, "advertise.pl"), "utf8");
  const before = await host.exec("ip -6 route; ip -6 -o addr show dev br0 | awk '{ print $4 }'");
  await evil.exec("perl - eth0 2001:db8:bad::", { input });
  expect(await counted("advertised")).toBeGreaterThan(0);
  const after = await host.exec("ip -6 route; ip -6 -o addr show dev br0 | awk '{ print $4 }'");
  expect(after.stdout).toBe(before.stdout);
});

const names = [
  "$(touch /tmp/pwned)",
  "`touch /tmp/pwned`",
  "a';touch /tmp/pwned;'",
  'a"; touch /tmp/pwned; "',
  "web\n>member 0 ok\n|x",
  "\x1b[31mred\x1b]0;title\x07",
  "<script>alert(1)</script>",
  "{{ }} %s %n \\n",
  "Ünïcödé",
  "good-name",
];
/** Neither a control character nor a byte that is no text. */
function isPlain(run: Run): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  expect(run.stdout + run.stderr).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffd]/);
}
async function leases(): Promise<{ mac: string; address: string; hostname?: string }[]> {
  isPlain(succeeded(await stack.refresh("--diff")));
  // What the program exports is a matter of `up`.
  isPlain(succeeded(await stack.up("--diff")));
  isPlain(await stack.run(["stack", "output"], { check: true }));
  return (await stack.outputs()).leases1 as Awaited<ReturnType<typeof leases>>;
}

test("names that guests give themselves reach no shell, no rule set and no terminal", async () => {
  const hex = (text: string) => Buffer.from(text).toString("hex");
  for (const [n, name] of names.entries()) {
    const client = `-x 0x3d:00${hex(`client-${n}`)} -x 0x0c:${hex(name)}`;
    await victim.exec(`busybox udhcpc -i eth0 -q -n -f -t 5 -T 1 -s /bin/true ${client} < /dev/null`);
  }
  const found = await leases();
  expect(found.length).toBe(names.length);
  for (const { hostname = "none" } of found) expect(hostname).toMatch(/^[A-Za-z0-9][A-Za-z0-9.-]*$/);
  expect(found.map(({ hostname }) => hostname)).toContain("good-name");

  // dnsmasq itself drops most of that; what if it did not?
  const file = "/var/lib/misc/dnsmasq.br1.leases";
  const lines = names.map((name, n) => `1999999999 52:54:00:00:01:0${n} 10.20.20.${200 + n} ${name} *`);
  await host.exec(`cat >> ${file}`, { input: `${lines.join("\n")}\n` });
  const forged = (await leases()).filter(({ mac }) => mac.startsWith("52:54:00:00:01:"));
  for (const { hostname = "none" } of forged) expect(hostname).toMatch(/^[A-Za-z0-9][A-Za-z0-9.-]*$/);
  expect(forged.map(({ hostname }) => hostname)).toContain("good-name");
  const anywhere = "nft list ruleset; cat /etc/kvmnet/nft/*.nft /etc/dnsmasq.d-available/*; ls /tmp";
  expect((await host.exec(anywhere)).stdout).not.toMatch(/pwned|good-name|script/);
  succeeded(await stack.destroy());
});
