import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lxcGuest } from "../lab/qemu/guests.ts";
import { LabHost } from "../lab/qemu/host.ts";
import { differences, takeSnapshot } from "../lab/quick/snapshot.ts";

const root = join(import.meta.dirname, "..", "..");
const quickstart = (...args: string[]) =>
  execa(process.execPath, [join(root, "test/lab/quickstart/run.ts"), ...args], { cwd: root, all: true, reject: false });
const snapshot = (host: LabHost) => takeSnapshot((command) => host.ssh(command, { check: false }));

let host: LabHost;
beforeAll(async () => {
  if ((await LabHost.list()).includes("quickstart")) await (await LabHost.attach("quickstart")).stop();
  host = await LabHost.start({ name: "quickstart", tcp: [8080], outlive: true });
});
afterAll(() => host?.stop());

test("the quick start holds every proof, before and after a reboot; what it built can be broken, repaired and removed", async () => {
  const web = await lxcGuest(host, { name: "web" });
  const before = await snapshot(host);
  const run = await quickstart();
  console.log(run.all);
  expect(run.exitCode).toBe(0);
  for (const when of ["now", "after a reboot"]) {
    for (const proof of ["reserved address", "through the forward", "leased", "resolves", "through NAT"]) {
      expect(run.all).toMatch(new RegExp(`✓ ${when}: .*${proof}`));
    }
  }

  const same = await quickstart("up", "--expect-no-changes");
  expect(same.all, same.all).toContain("unchanged");

  const mac = /52:54:00(:[0-9a-f]{2}){3}/.exec((await host.ssh("virsh -c lxc:///system domiflist web")).stdout)?.[0];
  await host.ssh(`virsh -c lxc:///system detach-interface web bridge --mac ${mac} --live --config`);
  expect((await quickstart("refresh", "--diff")).all).toMatch(/VmInterface.*web/);
  expect((await quickstart("up")).exitCode).toBe(0);
  expect(await web.address()).toBe("10.10.10.20");

  await host.ssh("ip link del virbr10-dummy");
  expect((await quickstart("refresh", "--diff")).all).toMatch(/DummyIface.*virbr10-dummy/);
  expect((await quickstart("up")).exitCode).toBe(0);
  expect((await quickstart("refresh", "--expect-no-changes")).exitCode).toBe(0);

  const destroyed = await quickstart("destroy");
  expect(destroyed.exitCode, destroyed.all).toBe(0);
  // The guest's container started anew at the reboot: its own runtime files and process ids are not ours.
  const after = await snapshot(host);
  const ours = differences(before, after).filter(({ key }) =>
    /kvmnet|virbr10|nft|sysctl|dnsmasq|route|address/.test(key),
  );
  expect(ours).toEqual([]);
});
