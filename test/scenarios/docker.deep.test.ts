import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { LabHost } from "../lab/qemu/host.ts";
import { addPackages } from "../lab/qemu/packages.ts";
import type { Stack } from "../lab/stack.ts";
import { program, stackOn, succeeded } from "../lab/testbed.ts";

/** A host's policy beside Docker's own daemon, which publishes a container's port. */
const policy = (args: string) => `new kvmnet.HostFirewall("host", { ${args} });`;

const NAME = "docker";
const PORT = 8080;
const ALLOWED = `filterPublished: true, ingress: [{ ports: [${PORT}] }]`;

let host: LabHost;
let stack: Stack;
const use = (args: string) => stack.write(program(policy(args)));
/** What answers at the published port, from outside. */
const answer = async () => {
  const url = `http://127.0.0.1:${host.port(PORT)}/`;
  return await fetch(url, { signal: AbortSignal.timeout(5_000) }).then(
    async (response) => (await response.text()).trim(),
    () => "nothing",
  );
};
const answers = (what: string) =>
  vi.waitFor(async () => expect(await answer()).toBe(what), { timeout: 60_000, interval: 1_000 });

beforeAll(async () => {
  // Docker would want the programs of AppArmor, which the kernel has.
  host = await LabHost.start({ name: NAME, tcp: [PORT], kernel: "apparmor=0" });
  await addPackages(host, ["docker.io"]);
  await host.ssh("systemctl enable --now containerd docker", { timeout: 300_000 });
  const box =
    "mkdir -p /tmp/box/bin /tmp/box/www && cp /bin/busybox /tmp/box/bin/ && echo container > /tmp/box/www/index.html";
  await host.ssh(`${box} && tar -C /tmp/box -c . | docker import - box`, { timeout: 300_000 });
  const serve = "/bin/busybox httpd -f -p 80 -h /www";
  await host.ssh(`docker run -d --restart always -p ${PORT}:80 box ${serve}`, { timeout: 300_000 });
  await answers("container");
  stack = await stackOn(host, policy(""));
});
afterAll(async () => {
  await stack?.dispose();
  await host?.stop();
});

test("a port that Docker publishes goes past the policy, and is named; with filterPublished it does not", async () => {
  const { stdout } = succeeded(await stack.up());
  expect(stdout).toMatch(new RegExp(`Docker publishes tcp ${PORT} \\(172[.\\d]+:80\\) on ${NAME}`));
  await answers("container");
  await use("filterPublished: true");
  succeeded(await stack.up());
  await answers("nothing");
  await use(ALLOWED);
  succeeded(await stack.up());
  await answers("container");
  succeeded(await stack.refresh("--expect-no-changes"));
});

test("so it is after Docker was restarted, and after a reboot; destroy leaves Docker as it was", async () => {
  await host.ssh("systemctl restart docker", { timeout: 300_000 });
  await answers("container");
  await use("filterPublished: true");
  succeeded(await stack.up());
  await answers("nothing");
  await host.ssh("systemctl restart docker", { timeout: 300_000 });
  await host.ssh("until docker ps -q | grep -q .; do sleep 1; done", { timeout: 120_000 });
  await answers("nothing");
  await host.reboot();
  await host.ssh("until docker ps -q | grep -q .; do sleep 1; done", { timeout: 300_000 });
  await answers("nothing");
  succeeded(await stack.refresh("--expect-no-changes"));
  succeeded(await stack.destroy());
  await answers("container");
  expect((await host.ssh("nft list tables | grep kvmnet", { check: false })).stdout).toBe("");
});
