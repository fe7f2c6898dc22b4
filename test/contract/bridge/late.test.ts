import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Direct } from "../../lab/direct.ts";
import { differences, QuickHost, type Snapshot } from "../../lab/quick/index.ts";

/** A host whose networkd, after a reload, takes a bridge's address away, and gives it back when it comes to it. */
let host: QuickHost;
let direct: Direct;
let before: Snapshot;

const args = { addresses: ["10.10.10.1/24"] };
/** Has it take so many seconds. */
const late = (seconds: number) =>
  host.exec("cat > /usr/local/sbin/networkctl && chmod 755 /usr/local/sbin/networkctl", {
    input: `#!/bin/sh
/usr/bin/networkctl "$@" || exit
[ "$1" != reload ] || {
  timeout ${seconds} sh -c 'while ip addr flush dev br0; do sleep 0.05; done'
  ip addr replace 10.10.10.1/24 brd 10.10.10.255 dev br0
} > /dev/null 2>&1 &
`,
  });

beforeAll(async () => {
  host = await QuickHost.start({ name: "late" });
  direct = new Direct(host.name, host.sshConfig);
});
afterAll(() => host?.stop());
beforeEach(async () => {
  await host.exec("rm -f /usr/local/sbin/networkctl");
  before = await host.snapshot();
});

test("what networkd does a moment after its reload is waited for", async () => {
  await late(1.5);
  const bridge = await direct.make("bridge", "br0", args);
  expect((await host.exec("ip -o -4 addr show dev br0")).stdout).toContain("10.10.10.1/24");
  await host.exec("rm /usr/local/sbin/networkctl");
  expect(await direct.stands("bridge", bridge, args)).toBe(true);
  await direct.remove("bridge", bridge);
  expect(differences(before, await host.snapshot())).toEqual([]);
});

test("what it does not do in time is an error that says what is missing, and is undone", async () => {
  await late(60);
  await expect(direct.make("bridge", "br0", args)).rejects.toThrow(
    /^link br0 on late is not as written after the change, so the change was undone: missing: addr 10\.10\.10\.1\/24/,
  );
  await host.exec("rm /usr/local/sbin/networkctl");
  expect(differences(before, await host.snapshot())).toEqual([]);
});
