import { afterAll, beforeAll, expect, test } from "vitest";
import { network, program, succeeded, Testbed } from "../lab/testbed.ts";

let testbed: Testbed;
beforeAll(async () => {
  testbed = await Testbed.start("hv1");
});
afterAll(() => testbed?.stop());

const LINE_SECRET = "s3cret-in-a-raw-line";
const PASSWORD = "lab-secret-pw";

/** A user whose sudo wants a password, which the program has as a secret. */
const host = () => `{
  host: "127.0.0.1", port: ${testbed.host.port}, user: "pat", privateKey: new pulumi.Config().requireSecret("key"),
  knownHosts: ${JSON.stringify(testbed.host.knownHosts)},
  become: { method: "sudo", password: new pulumi.Config().requireSecret("password") },
}`;
const body = (line: string) => `
const bridge = new kvmnet.Bridge("br0", { host: ${host()}, addresses: ["10.10.10.1/24"] });
const dhcp = new kvmnet.DnsmasqInstance("br0", { bridge, extraLines: [${line}] });`;

test("__provider is short and a resource's state small; a secret that is refused is not shown", async () => {
  const { readFile } = await import("node:fs/promises");
  const key = await readFile(testbed.host.identityFile, "utf8");
  const config = { password: { secret: PASSWORD }, key: { secret: key }, line: { secret: LINE_SECRET } };
  const line = "pulumi.interpolate`txt-record=token.lab,${new pulumi.Config().requireSecret('line')}`";
  const stack = await testbed.stack(body(line), { config });
  succeeded(await stack.up());
  for (const resource of (await stack.export()).deployment.resources ?? []) {
    if (!resource.type.includes("kvmnet:")) continue;
    expect(String(resource.inputs?.__provider).length).toBeLessThan(100);
    expect(JSON.stringify(resource).length).toBeLessThan(16_384);
  }

  const failing = "pulumi.interpolate`txt-record=${new pulumi.Config().requireSecret('line')}\\nuser=root`";
  await stack.write(program(body(failing)));
  const failed = await stack.preview("--diff");
  expect(failed.exitCode).not.toBe(0);
  expect(failed.stdout + failed.stderr).toContain("extraLines[0]");
  expect(failed.stdout + failed.stderr).not.toContain(LINE_SECRET);
  succeeded(await stack.destroy());
});

test("a password rotated: up touches nothing on the host, and destroy uses the new one", async () => {
  const { readFile } = await import("node:fs/promises");
  const key = await readFile(testbed.host.identityFile, "utf8");
  const stack = await testbed.stack(body(""), { config: { password: { secret: PASSWORD }, key: { secret: key } } });
  succeeded(await stack.up());
  await testbed.host.exec("echo pat:rotated-pw | chpasswd");
  await stack.config("password", { secret: "rotated-pw" });
  const before = (await testbed.host.exec("stat -c '%n %Y' /etc/systemd/network/* /etc/dnsmasq.d-available/*")).stdout;
  const up = succeeded(await stack.up());
  expect(up.stdout).not.toContain("replace");
  expect((await testbed.host.exec("stat -c '%n %Y' /etc/systemd/network/* /etc/dnsmasq.d-available/*")).stdout).toBe(
    before,
  );
  succeeded(await stack.destroy());
  expect((await testbed.host.exec("ip -br link show type bridge")).stdout).toBe("");
  await testbed.host.exec(`echo pat:${PASSWORD} | chpasswd`);
});

test("the network of the other scenarios stays under 8 KB of state a resource", async () => {
  const stack = await testbed.stack(network());
  succeeded(await stack.up());
  for (const resource of (await stack.export()).deployment.resources ?? []) {
    if (resource.type.includes("kvmnet:")) expect(JSON.stringify(resource.outputs).length).toBeLessThan(8192);
  }
  succeeded(await stack.destroy());
});
