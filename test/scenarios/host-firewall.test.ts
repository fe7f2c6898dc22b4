import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { differences, type Guest, type QuickHost, type Snapshot } from "../lab/quick/index.ts";
import type { Stack } from "../lab/stack.ts";
import { network, program, succeeded, Testbed } from "../lab/testbed.ts";

const HOST = "198.51.100.2";
const HOST6 = "2001:db8:51::2";

let testbed: Testbed;
let host: QuickHost;
let stack: Stack;
let guest: Guest;
let before: Snapshot;

const policy = (ingress: string, more = "") =>
  network({
    extra: `new kvmnet.HostFirewall("hv1", { ingress: [${ingress}], ${more} });
new kvmnet.PortForward("web", { network, target: "10.10.10.10", ports: [{ port: 8080, targetPort: 80 }] });`,
  }).replace("{ bridge }", "{ bridge, hostServices: [{ ports: [8123] }] }");
const write = (body: string) => stack.write(program(body));

beforeAll(async () => {
  testbed = await Testbed.start("hv1");
  host = testbed.host;
  before = await host.snapshot();
  stack = await testbed.stack(
    policy(`{ ports: [8124] }, { ports: [8125], sourceRanges: ["2001:db8:51::/80", "2001:db8:51::/64"] }`),
  );
  succeeded(await stack.up());
  guest = await host.guest({ name: "web", mac: "52:54:00:00:00:10", bridge: "br0" });
  for (const port of [8123, 8124, 8125, 8126]) await host.exec(`setsid -f busybox httpd -p '[::]:${port}' -h /tmp`);
});
afterAll(() => testbed?.stop());

/** Whether the machine outside gets through to a port of the host: refused counts, silence does not. */
const lets = async (from: Guest | QuickHost["outside"], address: string, port: number) =>
  (await from.exec(`curl -s -o /dev/null --max-time 2 'http://${address}:${port}/'`, { mayFail: true })).exitCode !==
  28;

test("what is listed is let in, from where it is listed, and nothing else", async () => {
  expect(await lets(host.outside, HOST, 8124)).toBe(true);
  expect(await lets(host.outside, HOST, 8126)).toBe(false);
  expect(await lets(host.outside, HOST, 8125)).toBe(false);
  expect(await lets(host.outside, `[${HOST6}]`, 8125)).toBe(true);
  expect((await host.outside.exec(`ping -c 1 -W 2 ${HOST}`)).exitCode).toBe(0);
  expect((await host.outside.exec(`ping -c 1 -W 2 ${HOST6}`)).exitCode).toBe(0);
});

test("a router's word that a packet is too big is let in: else what is larger would vanish (RFC 4890, 4.4.1)", async () => {
  const narrow =
    "ip link add narrow type bridge && ip link set narrow mtu 1280 up && ip addr add 2001:db8:99::1/64 dev narrow";
  await host.outside.exec(`sysctl -qw net.ipv6.conf.all.forwarding=1 && ${narrow}`);
  await host.exec("ping -c 2 -W 1 -s 1400 2001:db8:99::2", { mayFail: true });
  expect((await host.exec("ip -6 route get 2001:db8:99::2")).stdout).toContain("mtu 1280");
  await host.outside.exec("ip link del narrow");
});

test("guests get their lease, names and what their network admits; forwards are no business of the host's policy", async () => {
  const lease = await guest.dhcp();
  expect(lease.ip).toBe("10.10.10.10");
  expect((await guest.exec("busybox nslookup web.lab.internal 10.10.10.1")).stdout).toContain("10.10.10.10");
  expect(await lets(guest, "10.10.10.1", 8123)).toBe(true);
  expect(await lets(host.outside, HOST, 8123)).toBe(false);
  await guest.serve("80");
  expect(await host.outside.fetch(`http://${HOST}:8080/`)).toBe("web");
});

test("it stands after a reboot, does nothing unasked, and a change of it needs no new address", async () => {
  succeeded(await stack.refresh("--expect-no-changes"));
  await host.reboot();
  succeeded(await stack.up("--expect-no-changes"));
  succeeded(await stack.refresh("--expect-no-changes"));
});

test("ranges that leave the user out are refused at preview", async () => {
  await write(policy("", 'sshSourceRanges: ["203.0.113.0/24"]'));
  const { exitCode, stdout } = await stack.preview();
  expect(exitCode).not.toBe(0);
  expect(stdout).toContain(
    "sshSourceRanges: none of 203.0.113.0/24 contains 198.51.100.1, where you come from; hv1 would lock you out. Add it.",
  );
});

describe("what the host forwards", () => {
  const BOX = "172.17.0.2";
  /** An address of nobody's that leads to the container, as a cluster has them for its services. */
  const SERVICE = "10.96.0.1";
  let box: Guest;

  // A container, and the rules that lead to it as Docker 20.10 writes them.
  beforeAll(async () => {
    await guest.unplug();
    await host.exec("ip link add docker0 type bridge; ip addr add 172.17.0.1/16 dev docker0; ip link set docker0 up");
    const to = `-j DNAT --to-destination ${BOX}:80`;
    const commands = [
      "-N DOCKER",
      "-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER",
      ...[8088, 8089].map((port) => `-A DOCKER ! -i docker0 -p tcp -m tcp --dport ${port} ${to}`),
      `-A DOCKER -d 127.0.0.1/32 ! -i docker0 -p tcp -m tcp --dport 8087 ${to}`,
      `-A PREROUTING -d ${SERVICE}/32 -p tcp -m tcp --dport 80 ${to}`,
    ];
    await host.exec(commands.map((command) => `iptables -t nat ${command}`).join(" && "));
    await host.outside.exec(`for to in 172.17.0.0/16 ${SERVICE}; do ip route add $to via ${HOST}; done`);
    box = await host.guest({ name: "box", bridge: "docker0" });
    await box.static(`${BOX}/16`, "172.17.0.1");
    for (const port of ["80", "82"]) await box.serve(port);
    await host.outside.serve("83");
  });
  afterAll(() => host.exec("nft delete table ip nat; ip link del docker0"));

  /** What everybody has who keeps to what is allowed. */
  const stillPass = async () => {
    expect(await host.outside.fetch(`http://${SERVICE}/`)).toBe("box");
    expect(await box.fetch("http://198.51.100.1:83/")).toBe("outside-hv1");
  };

  test("goes past it, and published ports are named", async () => {
    await write(policy("", 'sshSourceRanges: ["203.0.113.0/24", "198.51.100.1"], ping: false'));
    expect(succeeded(await stack.up()).stdout).toContain(
      `Docker publishes tcp 8088 (${BOX}:80), tcp 8089 (${BOX}:80) on hv1. What comes for these is forwarded, and a HostFirewall does not see it. Set filterPublished`,
    );
    expect(await host.outside.fetch(`http://${HOST}:8089/`)).toBe("box");
  });

  test("is let in by what is dialled, if published ports are not to go past it", async () => {
    await write(policy("{ ports: [8124, 8088] }", "filterPublished: true"));
    expect(succeeded(await stack.up()).stdout).not.toContain("Docker publishes");
    expect(await host.outside.fetch(`http://${HOST}:8088/`)).toBe("box");
    expect(await lets(host.outside, HOST, 8089)).toBe(false);
    // None of the host's ports.
    expect(await host.outside.fetch(`http://${BOX}:82/`)).toBe("box");
    await stillPass();
  });

  test("is what it was when the table was loaded anew, and its chains are listed in another order", async () => {
    const chains = async () => (await host.exec("nft list table inet kvmnethost | grep chain")).stdout;
    const before = await chains();
    await host.exec("nft delete table inet kvmnethost");
    await vi.waitFor(async () => expect((await chains()).split("\n")).toHaveLength(4), { timeout: 5_000 });
    expect(await chains()).not.toBe(before);
    succeeded(await stack.refresh("--expect-no-changes"));
  });

  test("passes if it is listed; so do answers, networks of ours, and what one bridge passes on", async () => {
    const listed = `{ inInterfaces: ["docker*"], outInterfaces: ["eth0"] }, { destinationRanges: ["${BOX}"], ports: [80] }`;
    await write(policy("{ ports: [8124, 8088] }", `filterPublished: true, forward: [${listed}]`));
    succeeded(await stack.up());
    expect(await host.outside.fetch(`http://${HOST}:8088/`)).toBe("box");
    expect(await lets(host.outside, HOST, 8089)).toBe(false);
    expect(await host.outside.fetch(`http://${BOX}/`)).toBe("box");
    expect(await lets(host.outside, BOX, 82)).toBe(false);
    await stillPass();

    guest = await host.guest({ name: "web", mac: "52:54:00:00:00:10", bridge: "br0" });
    await guest.dhcp();
    await guest.serve("80");
    expect(await host.outside.fetch(`http://${HOST}:8080/`)).toBe("web");
    expect(await guest.fetch("http://198.51.100.1:83/")).toBe("outside-hv1");

    const other = await host.guest({ name: "other", bridge: "docker0" });
    await other.static("172.17.0.3/16");
    const rule = 'iifname "docker0" oifname "docker0" counter';
    const bridged = `table inet bridged { chain forward { type filter hook forward priority 0; ${rule}; }; }`;
    await host.exec("sysctl -w net.bridge.bridge-nf-call-iptables=1 && nft -f -", { input: bridged });
    expect(await other.fetch(`http://${BOX}:82/`)).toBe("box");
    const { stdout } = await host.exec(
      "nft list table inet bridged; nft delete table inet bridged; sysctl -w net.bridge.bridge-nf-call-iptables=0",
    );
    expect(stdout).toMatch(/counter packets [1-9]/);
    for (const one of [guest, box, other]) await one.unplug();
    succeeded(await stack.refresh("--expect-no-changes"));
  });
});

test("it goes without a trace", async () => {
  succeeded(await stack.destroy());
  // After the reboot libvirt starts when somebody asks for it.
  const left = differences(before, await host.snapshot()).map(({ key }) => key);
  expect(left.filter((key) => !key.startsWith("file:/run/libvirt"))).toEqual([]);
});
