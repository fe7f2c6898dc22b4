import { afterAll, beforeAll, expect, test } from "vitest";
import { differences, type Snapshot } from "../lab/quick/index.ts";
import type { Stack } from "../lab/stack.ts";
import { changes, program, succeeded, Testbed } from "../lab/testbed.ts";

/** A network whose resources have these names in the program; on the host all is called the same. */
const named = (name: string, before?: string, domain = "lab.internal") => {
  const options = before ? `{ aliases: [{ name: "${before}" }] }` : "{}";
  return program(`
const bridge = new kvmnet.Bridge("${name}", { name: "br0", addresses: ["10.10.10.1/24"] }, ${options});
const network = new kvmnet.NatNetwork("${name}", { bridge }, ${options});
new kvmnet.DnsmasqInstance("${name}", { bridge, domain: "${domain}" }, ${options});
new kvmnet.PortForward("${name}", { name: "web", network, target: "10.10.10.10", ports: [8080] }, ${options});
export const mac = bridge.mac;
`);
};

let testbed: Testbed;
let stack: Stack;
let empty: Snapshot;
beforeAll(async () => {
  testbed = await Testbed.start("hv1");
  empty = await testbed.host.snapshot();
  stack = await testbed.stack("", { program: named("old") });
  succeeded(await stack.up());
});
afterAll(() => testbed?.stop());

/** The resources that own something on the host. */
async function owners(): Promise<string[]> {
  const marks = "cd /var/lib/kvmnet && { cat objects/*/owner; ls -d shared/*/claims/* objects/*~*; }";
  const { stdout } = await testbed.host.exec(`${marks} | sed -n 's,.*kvmnet:\\(.*\\)::,\\1 ,p' | sort -u`);
  return stdout.split("\n");
}
const all = (name: string) =>
  ["Bridge", "DnsmasqInstance", "NatNetwork", "PortForward"].map((type) => `${type} ${name}`);

test("a resource renamed with aliases is an update that keeps its objects, and takes over their marks", async () => {
  const before = await testbed.host.snapshot();
  const { mac } = await stack.outputs();
  expect(await owners()).toEqual(all("old"));
  await stack.write(named("new", "old"));
  const renamed = succeeded(await stack.up());
  expect(changes(renamed)).toEqual({ same: 1, update: 4 });
  expect(await owners()).toEqual(all("new"));
  // The registry has the names, in its files and of some files; all else is as it was, process ids too.
  const others = differences(before, await testbed.host.snapshot()).filter(
    ({ key }) => !/^file:\/var\/lib\/kvmnet\//.test(key),
  );
  expect(others).toEqual([]);
  expect(await stack.outputs()).toEqual({ mac });
});

test("after that nothing changes", async () => {
  succeeded(await stack.up("--expect-no-changes"));
  succeeded(await stack.refresh("--expect-no-changes"));
});

test("a rename that fails leaves the marks as they were, and a destroy finds them", async () => {
  const dropIn = "/etc/systemd/system/kvmnet-dnsmasq@br0.service.d";
  const refuse = "! grep -q newest /etc/dnsmasq.d-available/kvmnet-br0.conf";
  await testbed.host.exec(`mkdir ${dropIn} && cat > ${dropIn}/refuse.conf && systemctl daemon-reload`, {
    input: `[Service]\nExecStartPre=/bin/sh -c '${refuse}'\n`,
  });
  await stack.write(named("newest", "new", "newest.internal"));
  expect((await stack.up("--continue-on-error")).exitCode).not.toBe(0);
  expect(await owners()).toEqual(["Bridge newest", "DnsmasqInstance new", "NatNetwork newest", "PortForward newest"]);
  await testbed.host.exec(`rm -r ${dropIn} && systemctl daemon-reload`);
});

test("a destroy leaves nothing", async () => {
  succeeded(await stack.destroy());
  expect(differences(empty, await testbed.host.snapshot())).toEqual([]);
});
