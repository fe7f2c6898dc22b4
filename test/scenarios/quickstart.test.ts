import { readdir } from "node:fs/promises";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { checkout } from "../lab/engine/project.ts";
import { type LxcGuest, lxcGuest } from "../lab/qemu/guests.ts";
import { LabHost } from "../lab/qemu/host.ts";
import { type Difference, differences, type Snapshot, takeSnapshot } from "../lab/quick/snapshot.ts";
import { atRoot } from "./root-project.ts";

const quickstart = (...args: string[]) =>
  execa(process.execPath, ["test/lab/quickstart/run.ts", ...args], { cwd: checkout, all: true, reject: false });
const snapshot = () => takeSnapshot((command) => host.ssh(command, { check: false }));

/** What differs on a hypervisor whose guest was running all the time, beyond what every snapshot leaves out. */
const GUESTS: readonly { key: RegExp; because: string }[] = [
  {
    key: /^(unit:|file:\/run\/systemd\/(machines|transient)\/).*\blxc(-|\\x2d)\d+(-|\\x2d)web\b/,
    because: "the guest started anew with the host, under a number of its own",
  },
  {
    key: /^file:\/run\/libvirt\/lxc\/web\.xml\b/,
    because: "libvirt's notes on the running guest, its process ids among them",
  },
  { key: /^process:root \S+libvirt_lxc --name web\b/, because: "names the NIC that the guest had when it started" },
  { key: /^process:root sleep 1$/, because: "the guest's process 1 looks for its NIC every second" },
  {
    key: /^file:\/var\/lib\/lab-guests\/web\/etc\/resolv\.conf\b/,
    because: "the guest's own disk: its DHCP client wrote it",
  },
];

let host: LabHost;
let web: LxcGuest;
let before: Snapshot;
beforeAll(async () => {
  if ((await LabHost.list()).includes("quickstart")) await (await LabHost.attach("quickstart")).stop();
  host = await LabHost.start({ name: "quickstart", tcp: [8080], outlive: true });
  web = await lxcGuest(host, { name: "web" });
  before = await snapshot();
});
afterAll(() => host?.stop());

test("the quick start holds every proof, before and after a reboot; what it built can be broken, repaired and removed", async () => {
  const run = await quickstart();
  console.log(run.all);
  expect(run.exitCode, run.all.slice(-4_000)).toBe(0);
  for (const when of ["now", "after a reboot"]) {
    for (const proof of ["reserved address", "through the forward", "leased", "resolves", "through NAT"]) {
      expect(run.all).toMatch(new RegExp(`✓ ${when}: .*${proof}`));
    }
  }

  const same = await quickstart("up", "--expect-no-changes");
  expect(same.all, same.all).toContain("unchanged");

  // libvirt's own rules are taken away and added again meanwhile.
  await host.ssh("systemctl restart libvirtd");
  await vi.waitFor(async () => expect(await fetched()).toContain(web.text), { timeout: 5_000, interval: 100 });

  // As closed as dnsmasq works with.
  const { stdout: security } = await host.ssh("systemd-analyze security --no-pager kvmnet-dnsmasq@virbr10 | tail -n 1");
  console.log(security);
  expect(Number(/: (\d+\.\d)/.exec(security)?.[1])).toBeLessThanOrEqual(3);

  const mac = /52:54:00(:[0-9a-f]{2}){3}/.exec((await host.ssh("virsh -c lxc:///system domiflist web")).stdout)?.[0];
  await host.ssh(`virsh -c lxc:///system detach-interface web bridge --mac ${mac} --live --config`);
  expect((await quickstart("refresh", "--diff")).all).toMatch(/VmInterface.*web/);
  expect((await quickstart("up")).exitCode).toBe(0);
  expect(await web.address()).toBe("10.10.10.20");

  await host.ssh("ip link del virbr10-dummy; ip link del virbr10");
  const { all: missing } = await quickstart("refresh", "--diff");
  for (const one of [/DummyIface.*virbr10-dummy/, /Bridge.*virbr10/]) expect(missing).toMatch(one);
  expect((await quickstart("up")).exitCode).toBe(0);
  // The guest ran all the time.
  expect(await fetched()).toContain(web.text);
  expect((await quickstart("refresh", "--expect-no-changes")).exitCode).toBe(0);

  const destroyed = await quickstart("destroy");
  expect(destroyed.exitCode, destroyed.all).toBe(0);
  expect(await left()).toEqual([]);
});

test("pulumi up at the repository's root builds the same, and the checkout stays clean", async () => {
  const files = await readdir(checkout);
  const config = { "kvmnet:host": host.name, domain: web.name, uri: web.uri };
  await atRoot(config, { KVMNET_SSH_CONFIG: host.sshConfig }, async (pulumi) => {
    expect(await pulumi("up", "--yes")).toContain("7 created");
    // The guest of the quick start had that address, with a NIC of its own stack's; that lease would have lasted an hour.
    await vi.waitFor(async () => expect(await fetched()).toContain(web.text), { timeout: 60_000, interval: 1000 });
    await pulumi("up", "--yes", "--expect-no-changes");
    await pulumi("destroy", "--yes");
  });
  expect(await readdir(checkout)).toEqual(files);
  expect(await left()).toEqual([]);
});

/** What answers at the forward, from outside the host. */
async function fetched(): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${host.port(8080)}/`, { signal: AbortSignal.timeout(2_000) });
  return answer.text();
}

/** What is not on the host as it was before the quick start. */
async function left(): Promise<Difference[]> {
  const all = differences(before, await snapshot());
  return all.filter((difference) => !GUESTS.some(({ key }) => key.test(difference.key)));
}
