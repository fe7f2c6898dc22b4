import { afterAll, beforeAll, expect, test } from "vitest";
import { differences } from "../lab/quick/index.ts";
import { program, succeeded, Testbed } from "../lab/testbed.ts";

let testbed: Testbed;
beforeAll(async () => {
  testbed = await Testbed.start("hv1");
});
afterAll(() => testbed?.stop());

const body = (adopt: string) => `
const bridge = new kvmnet.Bridge("br0", { addresses: ["10.10.10.1/24"], mac: "52:54:00:00:00:01", backend: "systemd"${adopt} });
new kvmnet.NatNetwork("br0", { bridge });`;

test("what somebody made by hand is refused, taken over when that is asked for, and given back as it was", async () => {
  const { host } = testbed;
  await host.exec(
    "ip link add br0 address 52:54:00:aa:bb:cc type bridge forward_delay 1500 && ip addr add 10.10.10.9/24 dev br0 && ip link set br0 up",
  );
  const before = await host.snapshot();
  const stack = await testbed.stack(body(""));
  const refused = await stack.up();
  expect(refused.exitCode).not.toBe(0);
  expect(refused.stdout).toContain(
    "name: bridge br0 exists on hv1 and no stack owns it. Set adopt: true to take it over, or choose another name.",
  );
  expect(differences(before, await host.snapshot())).toEqual([]);

  await stack.write(program(body(", adopt: true")));
  succeeded(await stack.up());
  expect((await host.exec("ip -br addr show br0; cat /sys/class/net/br0/address")).stdout).toMatch(
    /10\.10\.10\.1\/24[\s\S]*52:54:00:00:00:01/,
  );
  succeeded(await stack.up("--expect-no-changes"));
  succeeded(await stack.refresh("--expect-no-changes"));
  succeeded(await stack.destroy());
  expect(differences(before, await host.snapshot())).toEqual([]);
});
