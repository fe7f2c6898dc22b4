import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { differences, type Snapshot } from "../lab/quick/index.ts";
import type { Stack } from "../lab/stack.ts";
import { changes, program, succeeded, Testbed } from "../lab/testbed.ts";

let testbed: Testbed;
let stack: Stack;
let before: Snapshot;

beforeAll(async () => {
  testbed = await Testbed.start("hv1");
  before = await testbed.host.snapshot();
});
afterAll(() => testbed?.stop());

const write = (body: string) => stack.write(program(body));
const routes = async () => (await testbed.host.exec("ip route show default; ip -6 route show default")).stdout;
/** The kernel takes a second to look for a twin of each IPv6 address that came back. */
const isAsBefore = () =>
  vi.waitFor(async () => expect(differences(before, await testbed.host.snapshot())).toEqual([]), {
    timeout: 10_000,
    interval: 1_000,
  });
/** The host answers a new connection, which comes in over its uplink. */
const answers = async () => {
  const fresh = await testbed.stack("");
  succeeded(await fresh.up());
};

test("a wired interface becomes a port, and its addresses and routes move to the bridge; a destroy brings them back", async () => {
  stack = await testbed.stack(`new kvmnet.Bridge("br0", { uplink: "eth0" });`);
  const up = succeeded(await stack.up());
  expect(changes(up)).toMatchObject({ create: 2 });
  const { stdout } = await testbed.host.exec("ip -br addr show dev br0; ip -br addr show dev eth0 scope global");
  expect(stdout).toMatch(/^br0 .*198\.51\.100\.2\/24 .*2001:db8:51::2\/64/m);
  expect(stdout).not.toMatch(/^eth0 .*198\.51/m);
  expect(await routes()).toMatch(/default via 198\.51\.100\.1 dev br0.*\n.*default via 2001:db8:51::1 dev br0/);
  expect(changes(succeeded(await stack.up()))).toEqual({ same: 2 });
  succeeded(await stack.refresh("--expect-no-changes"));
  await testbed.host.reboot();
  succeeded(await stack.refresh("--expect-no-changes"));
  expect(await routes()).toMatch(/default via 198\.51\.100\.1 dev br0/);
  succeeded(await stack.destroy());
  await isAsBefore();
});

test("a wrong address cuts the path: the host puts its old network back within the time", async () => {
  await write(
    `new kvmnet.Bridge("br0", { uplink: "eth0", addresses: ["203.0.113.9/24"], gateways: [], confirmTimeoutSeconds: 15 });`,
  );
  const began = Date.now();
  const failed = await stack.up();
  expect(failed.exitCode).not.toBe(0);
  expect(failed.stdout + failed.stderr).toContain("so it put back what was there before");
  console.log(`put back after ${Math.round((Date.now() - began) / 1000)} s`);
  await answers();
  await isAsBefore();
});

test("with the provider killed while the change waits, the host puts it back, and the next up works", async () => {
  await write(
    `new kvmnet.Bridge("br0", { uplink: "eth0", addresses: ["203.0.113.9/24"], gateways: [], confirmTimeoutSeconds: 15 });`,
  );
  const waits = async () => !(await testbed.host.exec("ls /run/kvmnet/pending", { mayFail: true })).exitCode;
  const running = stack.spawn(["up"]);
  const provider = await running.provider();
  await vi.waitUntil(waits, { timeout: 60_000 });
  process.kill(provider, "SIGKILL");
  await running.done;
  await vi.waitUntil(async () => !(await waits()), { timeout: 20_000, interval: 500 });
  await isAsBefore();
  await stack.unlock();
  await write(`new kvmnet.Bridge("br0", { uplink: "eth0" });`);
  succeeded(await stack.up());
  succeeded(await stack.destroy());
  await isAsBefore();
});
