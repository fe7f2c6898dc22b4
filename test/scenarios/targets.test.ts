import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { differences, type Guest, type QuickHost, type Snapshot } from "../lab/quick/index.ts";
import type { Stack } from "../lab/stack.ts";
import { changes, program, succeeded, Testbed } from "../lab/testbed.ts";

const HOST = "198.51.100.2";
const SOURCES = 40;
const TABLE = "inet kvmnet_br0_web_";
const UNIT = "kvmnet-health-br0:web";
/** Two looks, one a second, of which each may wait a second; and a second to spare. */
const NOTICED_MS = 5_000;

const forwards = (targets: readonly string[]) => `
const bridge = new kvmnet.Bridge("br0", { addresses: ["10.10.10.1/24", "fd00:10::1/64"] });
const network = new kvmnet.NatNetwork("br0", { bridge });
const healthCheck = { periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 2 };
const web = new kvmnet.PortForward("web", {
  network, target: ${JSON.stringify(targets)}, protocol: "both", ports: [{ port: 80, targetPort: 7000 }], healthCheck,
});
new kvmnet.PortForward("random", {
  network, target: ["10.10.10.11", "10.10.10.12"], ports: [{ port: 81, targetPort: 7000 }], balance: "random", reachableFrom: ["lan"],
});
new kvmnet.PortForward("six", {
  network, target: ["fd00:10::11", "fd00:10::12"], ports: [{ port: 82, targetPort: 7000 }], sourceRanges: ["2001:db8:51::/64"],
});
new kvmnet.PortForward("within", {
  network, target: ["10.10.10.11", "10.10.10.12"], ports: [{ port: 83, targetPort: 7000 }], listenInterfaces: ["br0"],
});
export const endpoints = web.endpoints;`;
const all = ["10.10.10.11", "10.10.10.12", "10.10.10.13"];

let testbed: Testbed;
let host: QuickHost;
let stack: Stack;
let empty: Snapshot;
const guests = new Map<string, Guest>();

async function plugIn(last: number): Promise<void> {
  const name = `g${last}`;
  const guest = await host.guest({ name, bridge: "br0" });
  await guest.static(`10.10.10.${last}/24`, "10.10.10.1");
  await guest.exec(`ip addr add fd00:10::${last}/64 dev eth0 nodad; ip route add default via fd00:10::1`);
  await guest.answer("tcp", 7000);
  await guest.answer("udp", 7000);
  guests.set(name, guest);
}

beforeAll(async () => {
  testbed = await Testbed.start("hv1");
  host = testbed.host;
  empty = await host.snapshot();
  stack = await testbed.stack(forwards(all));
  succeeded(await stack.up());
  for (const last of [11, 12, 13]) await plugIn(last);
  await unhealthy();
  const uplink = "$(ip -o route get 198.51.100.2 | sed 's/.* dev \\([^ ]*\\).*/\\1/')";
  await host.outside.exec(
    `for n in $(seq 10 ${9 + SOURCES}); do ip addr add 198.51.100.$n/24 dev ${uplink} || exit; done`,
  );
});
afterAll(() => testbed?.stop());

/** Who answers each of many clients, in their order; nobody is `-`. */
async function whoAnswers(port = 80): Promise<string[]> {
  const input = `use IO::Socket::IP; for my $n (10 .. ${9 + SOURCES}) {
    my $s = IO::Socket::IP->new(LocalHost => "198.51.100.$n", PeerHost => "${HOST}", PeerPort => ${port}, Timeout => 1);
    my $line = $s ? <$s> : ""; print $line =~ /^198\\.51\\.100\\.$n (\\S+)$/ ? $1 : "-", "\\n"; }`;
  return (await host.outside.exec("perl -", { input, timeout: 60_000 })).stdout.trim().split("\n");
}
/** Flows that conntrack knows to lead to a guest. */
const flowsTo = async (address: string) =>
  (await host.exec(`conntrack -L -p tcp --orig-port-dst 80 --reply-src ${address} 2> /dev/null | wc -l`)).stdout;
/** Waits until these of the targets count as unhealthy, and the group leads past them. */
async function unhealthy(...ill: string[]): Promise<void> {
  const table = `$(nft list tables | grep '${TABLE}' | cut -d ' ' -f 2-)`;
  // None that is about to change, either.
  const state = `[ -e /run/kvmnet/health.* ] || echo none; awk '$3 { print "wavers" } $2 { print $1 }' /run/kvmnet/health.* | sort`;
  const seen = `${state}; nft list map ${table} healthy | grep -o elements`;
  const past = ill.length > 0 && ill.length < all.length;
  await vi.waitFor(
    async () =>
      expect((await host.exec(seen, { mayFail: true })).stdout).toBe(
        [...ill, ...(past ? ["elements"] : [])].join("\n"),
      ),
    { timeout: NOTICED_MS, interval: 100 },
  );
}

test("connections are shared out by their source, and each source comes to the same guest", async () => {
  const first = await whoAnswers();
  expect(new Set(first)).toEqual(new Set(["g11", "g12", "g13"]));
  expect(await whoAnswers()).toEqual(first);
  expect((await stack.outputs()).endpoints).toEqual(
    ["tcp", "udp"].map((protocol) => `${protocol} ${HOST}:80 → ${all.map((one) => `${one}:7000`).join(", ")}`),
  );
  expect(await host.outside.dial(HOST, 80, "udp")).toMatch(/^198\.51\.100\.\d+ g1\d$/);
  // From the host, and from guests by the host's address.
  expect((await host.exec(`busybox nc -w 2 ${HOST} 80 < /dev/null`)).stdout).toMatch(/ g1\d$/);
  expect(await guests.get("g11")?.dial(HOST, 80)).toMatch(/^10\.10\.10\.1 g1\d$/);
});

test("by chance, of IPv6, from some sources alone, by an interface, and from where it shall be", async () => {
  const [one, other] = [await whoAnswers(81), await whoAnswers(81)];
  expect(new Set(one)).toEqual(new Set(["g11", "g12"]));
  expect(other).not.toEqual(one);
  expect(await guests.get("g13")?.dial(HOST, 81)).toBeUndefined();
  expect(await host.outside.dial("2001:db8:51::2", 82)).toMatch(/^2001:db8:51::1 g1[12]$/);
  expect(await guests.get("g13")?.dial("2001:db8:51::2", 82)).toBeUndefined();
  expect(await guests.get("g13")?.dial(HOST, 83)).toMatch(/^10\.10\.10\.1 g1[12]$/);
  expect(await host.outside.dial(HOST, 83)).toBeUndefined();
});

test("a guest that is gone is left out, evenly, and nobody else changes places; it is no drift, and outlives a flush", async () => {
  const before = await whoAnswers();
  await guests.get("g12")?.unplug();
  await unhealthy("10.10.10.12");
  const after = await whoAnswers();
  expect(after).not.toContain("-");
  expect(new Set(after.filter((_, at) => before[at] === "g12"))).toEqual(new Set(["g11", "g13"]));
  expect(after.filter((_, at) => before[at] !== "g12")).toEqual(before.filter((one) => one !== "g12"));
  expect(await flowsTo("10.10.10.12")).toBe("0");
  expect(await flowsTo("10.10.10.11")).not.toBe("0");

  succeeded(await stack.refresh("--expect-no-changes"));
  expect(changes(succeeded(await stack.up("--expect-no-changes")))).not.toHaveProperty("update");
  await host.exec("nft flush ruleset");
  await unhealthy("10.10.10.12");
  expect(await whoAnswers()).toEqual(after);

  await plugIn(12);
  await unhealthy();
  expect(await whoAnswers()).toEqual(before);
  const { stdout } = await host.exec(`journalctl -q -o cat -u '${UNIT}.service'`);
  expect(stdout.split("\n").slice(-2)).toEqual(["10.10.10.12 is unhealthy", "10.10.10.12 is healthy again"]);
});

test("with none that is healthy all are led to", async () => {
  for (const guest of guests.values()) await guest.exec("pkill -f '^perl - tcp'");
  await unhealthy(...all);
  expect(new Set(await whoAnswers())).toEqual(new Set(["-"]));
  for (const guest of guests.values()) await guest.answer("tcp", 7000);
  // At once: nobody waits until they are known to be healthy.
  expect(await whoAnswers()).not.toContain("-");
});

test("a target that is taken off the list is led to no more, and those that stay keep their flows", async () => {
  const kept = await flowsTo("10.10.10.11");
  expect(Number(kept)).toBeGreaterThan(0);
  await stack.write(program(forwards(all.slice(0, 2))));
  succeeded(await stack.up());
  expect(await flowsTo("10.10.10.13")).toBe("0");
  expect(await flowsTo("10.10.10.11")).toBe(kept);
  expect(new Set(await whoAnswers())).toEqual(new Set(["g11", "g12"]));
});

test("flows to a port that the targets have no more are cut", async () => {
  const elsewhere = forwards(all.slice(0, 2)).replace("port: 80, targetPort: 7000", "port: 80, targetPort: 7001");
  expect(Number(await flowsTo("10.10.10.11"))).toBeGreaterThan(0);
  await stack.write(program(elsewhere));
  succeeded(await stack.up());
  for (const target of all) expect(await flowsTo(target)).toBe("0");
  await stack.write(program(forwards(all.slice(0, 2))));
  succeeded(await stack.up());
  expect(new Set(await whoAnswers())).toEqual(new Set(["g11", "g12"]));
});

test("it is there after a boot, and nothing of it after a destroy", async () => {
  await host.reboot();
  await plugIn(11);
  await unhealthy("10.10.10.12");
  expect(await host.outside.dial(HOST, 80)).toBe("198.51.100.1 g11");
  succeeded(await stack.refresh("--expect-no-changes"));
  succeeded(await stack.destroy());
  for (const guest of guests.values()) await guest.unplug().catch(() => {});
  expect(differences(empty, await host.snapshot())).toEqual([]);
  expect((await host.exec("systemctl list-units --all --plain 'kvmnet*'")).stdout).toContain("0 loaded units");
});
