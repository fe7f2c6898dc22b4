import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Direct } from "../../lab/direct.ts";
import { differences, QuickHost, type Snapshot, SPARE_PORT } from "../../lab/quick/index.ts";

/** A host whose networkd, after a reload, takes a bridge's address away, and gives it back when it comes to it. */
let host: QuickHost;
let direct: Direct;
let before: Snapshot;

const args = { addresses: ["10.10.10.1/24"] };
/** Has it take so many seconds, or until the bridge is gone; whoever asks for addresses meanwhile sees none there. */
const late = async (seconds: number) => {
  const wait = `timeout ${seconds} sh -c 'while [ -e /sys/class/net/br0 ]; do sleep 0.05; done'`;
  await wrap(
    "networkctl",
    `/usr/bin/networkctl "$@" || exit
[ "$1" != reload ] || {
  touch /tmp/late
  { ${wait}; rm /tmp/late; ip addr replace 10.10.10.1/24 brd 10.10.10.255 dev br0; } > /dev/null 2>&1 &
}`,
  );
  await wrap("ip", '[ ! -e /tmp/late ] || /usr/sbin/ip addr flush dev br0 2> /dev/null\nexec /usr/sbin/ip "$@"');
};
/** Puts a script before a program. */
const wrap = (name: string, script: string) =>
  host.exec(`cat > /usr/local/sbin/${name} && chmod 755 /usr/local/sbin/${name}`, { input: `#!/bin/sh\n${script}\n` });
const unwrap = () => host.exec("rm -f /usr/local/sbin/*; while [ -e /tmp/late ]; do sleep 0.1; done");

beforeAll(async () => {
  host = await QuickHost.start({ name: "late", files: SPARE_PORT });
  direct = new Direct(host.name, host.sshConfig);
});
afterAll(() => host?.stop());
beforeEach(async () => {
  await unwrap();
  before = await host.snapshot();
});

test("what networkd does a moment after its reload is waited for", async () => {
  await late(1.5);
  const bridge = await direct.make("bridge", "br0", args);
  expect((await host.exec("ip -o -4 addr show dev br0")).stdout).toContain("10.10.10.1/24");
  await unwrap();
  expect(await direct.stands("bridge", bridge, args)).toBe(true);
  await direct.remove("bridge", bridge);
  expect(differences(before, await host.snapshot())).toEqual([]);
});

test("what it does not do in time is an error that says what is missing, and is undone", async () => {
  await late(60);
  await expect(direct.make("bridge", "br0", args)).rejects.toThrow(
    /^link br0 on late is not as written after the change, so the change was undone: missing: addr 10\.10\.10\.1\/24/,
  );
  await unwrap();
  expect(differences(before, await host.snapshot())).toEqual([]);
});

test("a port that it makes one again while the bridge goes is none of the next bridge of that name", async () => {
  const bridge = await direct.make("bridge", "br0", { ...args, ports: ["p0"] });
  const again = '[ "$*" != "link set dev p0 nomaster" ] || /usr/sbin/ip link set dev p0 master br0';
  await wrap("ip", `/usr/sbin/ip "$@" || exit\n${again}`);
  await direct.remove("bridge", bridge);
  await unwrap();
  const other = await direct.make("bridge", "br0", args);
  expect((await host.exec("ls /sys/class/net/br0/brif")).stdout).toBe("");
  await direct.remove("bridge", other);
  expect(differences(before, await host.snapshot())).toEqual([]);
});
