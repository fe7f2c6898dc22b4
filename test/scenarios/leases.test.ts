import { afterAll, beforeAll, expect, test } from "vitest";
import { type Guest, type QuickHost, startPausedDomain } from "../lab/quick/index.ts";
import type { Stack } from "../lab/stack.ts";
import { network, program, succeeded, Testbed } from "../lab/testbed.ts";

let testbed: Testbed;
let host: QuickHost;
let stack: Stack;
let holder: Guest;
let mover: Guest;
let bystander: Guest;

beforeAll(async () => {
  testbed = await Testbed.start("hv1");
  host = testbed.host;
  stack = await testbed.stack(network({ reservations: "" }));
  succeeded(await stack.up());
  const plug = (name: string) => host.guest({ name, bridge: "br0" });
  [holder, mover, bystander] = [await plug("holder"), await plug("mover"), await plug("bystander")];
  await Promise.all([holder, mover, bystander].map((guest) => guest.dhcp()));
});
afterAll(() => testbed?.stop());

const reserve = async (...reservations: object[]) => {
  const body = network({ reservations: reservations.map((one) => JSON.stringify(one)).join() });
  await stack.write(program(body));
  return succeeded(await stack.up()).stdout;
};
const pid = async () => (await host.exec("systemctl show -p MainPID --value kvmnet-dnsmasq@br0")).stdout;
const without = (lines: string[], address: string) => lines.filter((line) => !line.includes(` ${address} `));
const leases = async () => (await host.exec("cat /var/lib/misc/dnsmasq.br0.leases")).stdout.split("\n").sort();

test("a guest with another lease has its reserved address when it renews, without a restart of dnsmasq", async () => {
  const before = { pid: await pid(), leases: await leases() };
  await reserve({ mac: mover.mac, address: "10.10.10.10" });
  expect({ pid: await pid(), leases: await leases() }).toEqual(before);
  expect((await mover.renew()).ip).toBe("10.10.10.10");
});

test("an address that is leased to another guest is its own guest's as soon as it is reserved", async () => {
  const address = await holder.address();
  const before = { pid: await pid(), leases: await leases() };
  const heir = await host.guest({ name: "heir", bridge: "br0" });
  const all = [
    { mac: mover.mac, address: "10.10.10.10" },
    { mac: heir.mac, address },
  ];
  expect(await reserve(...all)).toContain("restarted kvmnet-dnsmasq@br0.service");
  expect(without(before.leases, address)).toHaveLength(before.leases.length - 1);
  expect(await leases()).toEqual(without(before.leases, address));
  expect(await pid()).not.toBe(before.pid);
  const { stdout } = await host.exec("journalctl -q -o cat -u kvmnet-dnsmasq@br0");
  expect(stdout).toContain(`${address} is leased to ${holder.mac} and reserved for another guest`);
  expect((await heir.dhcp()).ip).toBe(address);

  expect((await holder.renew()).ip).not.toBe(address);
  const kept = await bystander.address();
  expect((await bystander.renew()).ip).toBe(kept);
  succeeded(await stack.refresh("--expect-no-changes"));

  const after = await pid();
  expect(await reserve(...all, { mac: "52:54:00:00:00:77", address: "10.10.10.77" })).toContain("reloaded");
  expect(await pid()).toBe(after);
});

test("so is one that a VmInterface reserves", async () => {
  await startPausedDomain(host, { name: "vm" });
  const before = await leases();
  const address = await bystander.address();
  const nic = `{ domain: "vm", bridge, dhcp, address: "${address}", waitForAddressSeconds: 0 }`;
  const body = network({ reservations: "", extra: `new kvmnet.VmInterface("nic", ${nic});` });
  await stack.write(program(body));
  expect(succeeded(await stack.preview()).stdout).toContain(
    `vm runs on hv1: live. A guest that has another address than ${address} must renew its lease.`,
  );
  expect(succeeded(await stack.up()).stdout).toContain("restarted kvmnet-dnsmasq@br0.service");
  expect(await leases()).toEqual(without(before, address));
  await host.exec("virsh destroy vm");
  await stack.write(program(body.replace("waitForAddressSeconds: 0", 'linkState: "down"')));
  const stopped = (await stack.preview()).stdout;
  expect(stopped).toContain("vm does not run on hv1: next boot.");
});
