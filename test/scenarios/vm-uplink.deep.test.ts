import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LabHost } from "../lab/qemu/host.ts";
import type { Stack } from "../lab/stack.ts";
import { program, stackOn, succeeded } from "../lab/testbed.ts";

/**
 * What namespaces cannot show: a VLAN, and a machine that is reset. In the long form alone: `npm run test:deep`; on
 * namespace hosts `uplink.test.ts`, `uplink-leased.test.ts` and `test/contract/confirm` show the rest.
 */
describe("on a virtual machine", () => {
  let host: LabHost;
  let stack: Stack;

  const bridge = (args: string) => `new kvmnet.Bridge("br0", { ${args} });`;
  const write = (args: string) => stack.write(program(bridge(args)));
  const said = async (command: string) => (await host.ssh(command, { check: false })).stdout;
  /** Link, MAC address and global addresses of what is there. */
  const addressing = () => said("ip -br link show dev ens3 | cut -d' ' -f1; ip -br -4 addr; ip route show default");

  beforeAll(async () => {
    host = await LabHost.start({ name: "vm-uplink", tcp: [] });
    stack = await stackOn(host, bridge('uplink: "ens3"'));
  });
  afterAll(async () => {
    await stack?.dispose();
    await host?.stop();
  });

  test("DHCP moves to the bridge with its lease, over a reboot too, and comes back with a destroy", async () => {
    const before = await addressing();
    expect(before).toMatch(/^ens3 .* 10\.0\.2\.15\/24/m);
    succeeded(await stack.up());
    const moved = await addressing();
    expect(moved).toMatch(/^br0 .* 10\.0\.2\.15\/24/m);
    expect(moved.match(/^default .*/gm)).toEqual(
      before.match(/^default .*/gm)?.map((route) => route.replace("ens3", "br0")) ?? null,
    );
    expect(moved).not.toMatch(/^ens3 .*10\.0\.2/m);
    expect(await said("cat /sys/class/net/br0/address")).toBe(await said("cat /sys/class/net/ens3/address"));
    await host.reboot();
    expect(await addressing()).toMatch(/^br0 .* 10\.0\.2\.15\/24/m);
    succeeded(await stack.up("--expect-no-changes"));
    succeeded(await stack.refresh("--expect-no-changes"));
    succeeded(await stack.destroy());
    expect(await addressing()).toBe(before);
  });

  test("a VLAN that does not exist gives no address: nothing of the change is left", async () => {
    await host.ssh(
      "printf '[Match]\\nName=ens3.77\\n[Network]\\nIPv6AcceptRA=no\\n' > /etc/systemd/network/20-ens3.77.network && networkctl reload && " +
        "ip link add link ens3 name ens3.77 type vlan id 77 && ip link set ens3.77 up",
    );
    const before = await addressing();
    await write('uplink: "ens3.77", dhcp4: true');
    const { exitCode, stdout } = await stack.up();
    expect(exitCode).not.toBe(0);
    expect(stdout).toContain("br0 got no address by DHCP within 15 s");
    expect(await addressing()).toBe(before);
    await host.ssh("ip link del ens3.77; rm /etc/systemd/network/20-ens3.77.network; networkctl reload");
  });

  test("a wrong address cuts the path, and a hard reset in the middle gives the old network back", async () => {
    const before = await addressing();
    await write('uplink: "ens3", dhcp4: false, addresses: ["203.0.113.9/24"], confirmTimeoutSeconds: 600');
    const running = stack.spawn(["up"]);
    // Cut off, ssh waits, or gives up with nothing said.
    while ((await Promise.race([said("echo here"), sleep(10_000)]))?.trim() === "here") await sleep(500);
    await host.powerCut();
    expect(await addressing()).toBe(before);
    expect((await running.done).exitCode).not.toBe(0);
    await stack.unlock().catch(() => {});
    await write('uplink: "ens3"');
    succeeded(await stack.up());
    expect(await addressing()).toMatch(/^br0 .* 10\.0\.2\.15\/24/m);
    succeeded(await stack.destroy());
  });
});
