/** Other programs flush and reload the firewall: our tables come back by themselves, theirs are left alone. */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { differences, type Guest, losses, type Peer, type QuickHost, type Snapshot } from "../lab/quick/index.ts";
import type { Stack } from "../lab/stack.ts";
import { forward, network, succeeded, Testbed } from "../lab/testbed.ts";

const HOST = "198.51.100.2";
const OUTSIDE = "198.51.100.1";
/** As long as guests may be out of reach. */
const SOON_MS = 5_000;

let testbed: Testbed;
let host: QuickHost;
let stack: Stack;
let web: Guest;
let empty: Snapshot;

beforeAll(async () => {
  testbed = await Testbed.start("hv1");
  host = testbed.host;
  // As Debian has it, with a table of the machine's own; one that the file does not name is added by hand.
  const ruleset = "flush ruleset\ntable inet theirs {\n chain in { type filter hook input priority 0; counter; }\n}\n";
  await host.exec("cat > /etc/nftables.conf; systemctl enable --now nftables.service", { input: ruleset });
  empty = await host.snapshot();
  const udp = `new kvmnet.PortForward("dns", { network, target: "10.10.10.10", protocol: "udp", ports: [{ port: 5300, targetPort: 7000 }] });`;
  const echo = `new kvmnet.PortForward("echo", { network, target: "10.10.10.10", ports: [{ port: 8090, targetPort: 90 }] });`;
  stack = await testbed.stack(network({ extra: `${forward}\n${udp}\n${echo}` }));
  succeeded(await stack.up());
  web = await host.guest({ name: "web", bridge: "br0" });
  await web.static("10.10.10.10/24", "10.10.10.1");
  await web.serve();
  await web.answer("udp", 7000);
  await web.echo(90);
  await host.outside.serve("81");
  await host.outside.echo(91);
});
afterAll(() => testbed?.stop());

/** How often the network's table was loaded again, in all. */
const restores = async () =>
  Number(
    (await host.exec("journalctl -q -u kvmnet-nft -o cat | grep -c 'kvmnet_br0 was deleted: loading it again' || true"))
      .stdout,
  );
const begun = (side: Peer, at: string, port: number) =>
  Promise.all(Array.from({ length: 3 }, () => side.transfer(at, port)));
const comingIn = () => begun(host.outside, HOST, 8090);
const goingOut = () => begun(web, OUTSIDE, 91);
/** How many of the transfers through a forward, and of those of the guest to the outside, an event costs. */
async function costs(what: string, event: () => Promise<unknown>): Promise<number> {
  return await losses(what, [...(await comingIn()), ...(await goingOut())], event);
}
/** The guest is reached by TCP and UDP, and reaches the outside, within the time; the table was loaded once. */
async function comesBack(flush: () => Promise<unknown>): Promise<void> {
  const before = await restores();
  await flush();
  const began = Date.now();
  await vi.waitFor(() => host.exec("nft list table inet kvmnet_br0"), { timeout: SOON_MS, interval: 50 });
  expect(await host.outside.fetch(`http://${HOST}:8080/`)).toBe("web");
  expect(await host.outside.dial(HOST, 5300, "udp")).toBe(`${OUTSIDE} web`);
  expect(await web.fetch(`http://${OUTSIDE}:81/cgi-bin/who`)).toBe(HOST);
  expect(Date.now() - began).toBeLessThan(SOON_MS);
  // Nothing loads it for ever.
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  expect((await restores()) - before).toBe(1);
  expect((await host.exec("systemctl is-active kvmnet-nft")).stdout).toBe("active");
}

test("nft flush ruleset by hand, which tells nobody", async () => {
  await comesBack(() => host.exec("nft flush ruleset"));
  expect((await host.exec("nft list tables")).stdout).toBe("table inet kvmnet_br0\ntable inet kvmnetnetworks");
  await comesBack(() => host.exec("nft delete table inet kvmnet_br0"));
});

test("a reload, a restart and a stop of nftables.service; a table that it does not flush keeps its counters", async () => {
  await comesBack(() => host.exec("systemctl reload nftables"));
  // When it stops and when it starts; the first may be over before it is noticed.
  const before = await restores();
  await host.exec("systemctl restart nftables");
  await vi.waitFor(async () => expect(await restores()).toBeGreaterThan(before), { timeout: SOON_MS });
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect((await restores()) - before).toBeLessThanOrEqual(2);
  expect(await host.outside.fetch(`http://${HOST}:8080/`)).toBe("web");
  await comesBack(() => host.exec("systemctl stop nftables"));
  await host.exec("systemctl start nftables");
  await host.exec("nft add table inet other; nft 'add counter inet other seen { packets 7 bytes 700 ; }'");
  const foreign = async () => (await host.exec("nft list table inet other; nft -s list table inet theirs")).stdout;
  const theirs = await foreign();
  await comesBack(() => host.exec("nft delete table inet kvmnet_br0"));
  expect(await foreign()).toBe(theirs);
  expect(theirs).toContain("packets 7 bytes 700");
  await host.exec("nft delete table inet other");
});

test.each([
  ["networkctl reload", "networkctl reload"],
  ["networkctl reconfigure of the bridge", "networkctl reconfigure br0"],
  ["a restart of dnsmasq", "systemctl restart kvmnet-dnsmasq@br0"],
  ["a reload of dnsmasq", "systemctl reload kvmnet-dnsmasq@br0"],
  ["a restart of who loads our tables", "systemctl restart kvmnet-nft"],
  ["all of our tables filled again", "for file in /etc/kvmnet/nft/*.nft; do nft -f $file || exit; done"],
])("%s costs no connection", async (what, command) => {
  expect(await costs(what, () => host.exec(command))).toBe(0);
});

test("a restart of systemd-networkd, which takes the uplink's address away for a moment, costs none that comes in", async () => {
  const restart = () => host.exec("systemctl restart systemd-networkd");
  expect(await losses("a restart of systemd-networkd, coming in", await comingIn(), restart)).toBe(0);
  // The kernel forgets what it masqueraded as an address that goes; the connection goes on if the guest is the next to speak.
  await losses("a restart of systemd-networkd, going out", await goingOut(), restart);
});

test("transfers through a flush: those are lost that had a packet on its way while nobody translated", async () => {
  const back = () => vi.waitFor(() => host.exec("nft list table inet kvmnet_br0"), { timeout: SOON_MS, interval: 50 });
  const flush = async (command: string) => {
    await host.exec(command);
    await back();
  };
  // The host itself answers what nobody leads to the guest, and the far side of what a guest began.
  await costs("nft flush ruleset", () => flush("nft flush ruleset"));
  await costs("systemctl reload nftables", () => flush("systemctl reload nftables"));
  expect(await costs("nothing", () => back())).toBe(0);
});

test("the kernel had to drop events, and the one who listens was killed", async () => {
  const monitor = "pgrep -x nft";
  await comesBack(async () => {
    // More events than the listener's buffer (16 MiB) holds, while it does not read.
    const elements = Array.from({ length: 60_000 }, (_, n) => `add element inet flood s { ${n} }`);
    const flood = `table inet flood {\n set s { type mark; }\n}\nflush set inet flood s\n${elements.join("\n")}\n`;
    await host.exec("cat > /tmp/flood", { input: flood });
    const often = "for round in 1 2 3 4; do nft -f /tmp/flood || exit; done; rm /tmp/flood";
    await host.exec(`kill -STOP $(${monitor}); ${often}; nft flush ruleset; kill -CONT $(${monitor})`);
  });
  const drops = `awk -v listener="$(${monitor})" '$3 == listener { print $9 }' /proc/net/netlink`;
  expect(Number((await host.exec(drops)).stdout)).toBeGreaterThan(0);
  // Between its death and its next life nobody listens: the unit loads all tables when it starts.
  const before = await restores();
  await host.exec(`kill -9 $(${monitor}); nft flush ruleset`);
  await vi.waitFor(() => host.exec("nft list table inet kvmnet_br0"), { timeout: SOON_MS, interval: 50 });
  expect(await host.outside.fetch(`http://${HOST}:8080/`)).toBe("web");
  expect((await restores()) - before).toBeLessThanOrEqual(1);
});

test("what we delete ourselves stays deleted, and who loads it again goes with the last table", async () => {
  await host.exec("systemctl restart nftables");
  const before = await restores();
  const other = await testbed.stack(
    `const bridge = new kvmnet.Bridge("br1", { addresses: ["10.11.11.1/24"] });
    new kvmnet.NatNetwork("br1", { bridge });`,
    { project: "other" },
  );
  await vi.waitFor(() => host.exec("nft list table inet kvmnet_br0"), { timeout: SOON_MS });
  const restarted = await restores();
  expect(restarted - before).toBeLessThanOrEqual(1);
  for (let round = 0; round < 2; round++) {
    succeeded(await other.up());
    succeeded(await other.destroy());
  }
  expect((await host.exec("nft list tables | LC_ALL=C sort; systemctl is-active kvmnet-nft")).stdout).toBe(
    "table inet kvmnet_br0\ntable inet kvmnetnetworks\ntable inet theirs\nactive",
  );
  expect(await restores()).toBe(restarted);
  succeeded(await stack.refresh("--expect-no-changes"));
  await web.unplug();
  succeeded(await stack.destroy());
  expect(differences(empty, await host.snapshot())).toEqual([]);
});
