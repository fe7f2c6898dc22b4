import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { which } from "../lab/engine/from-path.ts";
import { checkout } from "../lab/engine/project.ts";
import { Stack, type StackOptions } from "../lab/stack.ts";
import { changes, succeeded, Testbed } from "../lab/testbed.ts";

let testbed: Testbed;
const stacks: Stack[] = [];
beforeAll(async () => {
  testbed = await Testbed.start("hv1", "hv2");
});
afterAll(async () => {
  for (const stack of stacks) await stack.dispose();
  await testbed?.stop();
});

async function open(program: string | Record<string, string>, config: StackOptions["config"] = {}): Promise<Stack> {
  const stack = await Stack.create({ program, config, env: { KVMNET_SSH_CONFIG: testbed.sshConfig } });
  stacks.push(stack);
  return stack;
}

test("examples/fleet puts the same network on two hosts, and takes it away", async () => {
  const index = await readFile(join(checkout, "examples", "fleet", "index.ts"), "utf8");
  // The kernel of quick hosts may have no dummy interfaces.
  const stack = await open({ "index.ts": index.replace("    domain:", "    anchor: false,\n    domain:") });
  expect(changes(succeeded(await stack.up()))).toMatchObject({ create: 15 });
  for (const [index, host] of testbed.hosts.entries()) {
    const { stdout } = await host.exec("ip -br addr show dev lab0; nft list map inet kvmnet_lab0 any4");
    expect(stdout).toContain(`10.40.${index}.1/24`);
    expect(stdout).toContain(`tcp . 2222 : 10.40.${index}.10 . 22`);
  }
  succeeded(await stack.up("--expect-no-changes"));
  succeeded(await stack.destroy());
});

test("examples/lan moves the uplink into a bridge and gives the host a policy, and takes both away", async () => {
  const stack = await open(join(checkout, "examples", "lan"), { "kvmnet:host": "hv1", uplink: "eth0" });
  expect(changes(succeeded(await stack.up()))).toMatchObject({ create: 3 });
  const said = async (command: string) => (await testbed.host.exec(command)).stdout;
  expect(await said("ip route show default; nft list table inet kvmnethost")).toMatch(
    /dev br0[\s\S]*tcp dport 9090 accept/,
  );
  expect(await said("ls /run/kvmnet")).not.toContain("pending");
  succeeded(await stack.up("--expect-no-changes"));
  succeeded(await stack.destroy());
  expect(await said("ip route show default; nft list tables")).toMatch(/^default via \S+ dev eth0 [^\n]*\s*$/);
});

test.each<[string, string, Record<string, string>?]>([
  ["routed-ipv6", "ip saddr { 192.168.0.0/16 } meta l4proto tcp th dport { 22, 443 } accept"],
  ["adopt", "ExecStopPost=-+/bin/sh /etc/kvmnet/newer.sh /var/lib/misc/dnsmasq.virbr10.leases"],
  ["intercept", "ExecStart=/lib/systemd/systemd-socket-proxyd 127.0.0.53:53"],
  ["lan-guest", 'macs { \\"nas\\" . 52:54:00:'],
])("examples/%s shows at its preview all that it writes", async (name, line) => {
  const config = { "kvmnet:host": "hv1", uplink: "eth0", address: "198.51.100.20" };
  const stack = await open(join(checkout, "examples", name), config);
  expect(succeeded(await stack.preview("--diff", "--show-full-output")).stdout).toContain(line);
});

// The plugin is the vendor's: no package registry has it, and a test downloads no program. With one on PATH this runs.
test.skipIf(!which("pulumi-resource-command"))(
  "examples/with-command: @pulumi/command and ours reach the host by one connection object",
  async () => {
    const { port, identityFile, knownHosts } = testbed.host;
    const stack = await open(join(checkout, "examples", "with-command"), {
      address: "127.0.0.1",
      port: String(port),
      hostKey: (await readFile(knownHosts, "utf8")).trim().replace(/^\S+ /, ""),
      privateKey: { secret: await readFile(identityFile, "utf8") },
    });
    expect(changes(succeeded(await stack.up()))).toMatchObject({ create: 3 });
    expect((await stack.outputs()).listed).toMatch(/^cmd0 /m);
    succeeded(await stack.up("--expect-no-changes"));
    succeeded(await stack.destroy());
    expect((await testbed.host.exec("ip -brief link show type bridge")).stdout).toBe("");
  },
);

test("the repository's root is a project: its preview shows all six resources on the host that is configured", async () => {
  const files = ["Pulumi.yaml", "examples/quickstart/index.ts"];
  const texts = await Promise.all(files.map(async (file) => [file, await readFile(join(checkout, file), "utf8")]));
  const stack = await open(Object.fromEntries(texts), { "kvmnet:host": "hv1" });
  const { stdout } = succeeded(await stack.preview("--diff", "--show-full-output"));
  for (const type of ["DummyIface", "Bridge", "NatNetwork", "PortForward", "DnsmasqInstance", "VmInterface"]) {
    expect(stdout).toContain(`kvmnet:${type}: (create)`);
  }
  expect(stdout).toContain("any4 { tcp . 8080 : 10.10.10.20 . 80 }");
});
