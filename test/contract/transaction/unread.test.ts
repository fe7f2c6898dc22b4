/** What cannot be looked at is not gone: a refresh fails, and the state stays as it is. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { State } from "../../../provider/lifecycle/state.ts";
import { Direct, type Type } from "../../lab/direct.ts";
import { differences, QuickHost, type Snapshot, startPausedDomain } from "../../lab/quick/index.ts";

let host: QuickHost;
let direct: Direct;
let before: Snapshot;
const made: { type: Type; state: State; args: object }[] = [];

/** What is made, in this order: each hangs on those before it. */
const wanted: [Type, string, object][] = [
  ["bridge", "br0", { addresses: ["10.10.10.1/24"] }],
  ["natNetwork", "br0", { bridge: "br0", ipv4Cidr: "10.10.10.0/24" }],
  ["portForward", "ssh", { network: "br0", target: "10.10.10.20", ports: [{ port: 2222, targetPort: 22 }] }],
  ["dnsmasqInstance", "br0", { bridge: "br0", ipv4Cidr: "10.10.10.0/24", gateway: "10.10.10.1" }],
  ["libvirtNetwork", "ours", { bridge: "br0" }],
  ["vmInterface", "nic", { domain: "vm", bridge: "br0", waitForAddressSeconds: 0 }],
];

beforeAll(async () => {
  host = await QuickHost.start({ name: "virt" });
  direct = new Direct(host.name, host.sshConfig);
  await startPausedDomain(host, { name: "vm" });
  before = await host.snapshot();
  for (const [type, name, args] of wanted) made.push({ type, args, state: await direct.make(type, name, args) });
});
afterAll(() => host?.stop());

test.each([
  ["virsh", "error: failed to connect to the hypervisor", ["libvirtNetwork", "vmInterface"]],
  ["nft", "Error: Could not process rule: Operation not permitted", ["natNetwork", "portForward"]],
  ["systemctl", "Failed to connect to bus: Connection refused", ["dnsmasqInstance"]],
])("while %s fails, what hangs on it is not taken to be gone", async (program, words, hanging) => {
  const shim = `/usr/local/sbin/${program}`;
  await host.exec(`cat > ${shim} && chmod 755 ${shim}`, { input: `#!/bin/sh\necho '${words}' >&2\nexit 1\n` });
  try {
    for (const { type, state } of made.filter(({ type }) => hanging.includes(type))) {
      const refresh = direct.read(type, state);
      await expect(refresh).rejects.toThrow(/could not be looked at on virt, so nothing is taken to be gone: /);
      await expect(refresh).rejects.toThrow(words);
    }
  } finally {
    await host.exec(`rm ${shim}`);
  }
  for (const { type, state, args } of made) expect(await direct.stands(type, state, args)).toBe(true);
});

test("what somebody took away is gone", async () => {
  const [network, nic] = made.slice(-2) as typeof made;
  await host.exec("virsh -q -c qemu:///system net-destroy ours && virsh -q -c qemu:///system net-undefine ours");
  expect(await direct.read("libvirtNetwork", network?.state as State)).toBeUndefined();
  await host.exec("virsh -q -c qemu:///system destroy vm && virsh -q -c qemu:///system undefine vm");
  expect(await direct.read("vmInterface", nic?.state as State)).toBeUndefined();
  for (const { type, state } of made.toReversed()) await direct.remove(type, state);
  const own = /domain|qemu|libvirt/;
  expect(differences(before, await host.snapshot()).filter(({ key }) => !own.test(key))).toEqual([]);
});
