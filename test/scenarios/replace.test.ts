import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Guest } from "../lab/quick/index.ts";
import type { Stack } from "../lab/stack.ts";
import { forward, network, program, succeeded, Testbed } from "../lab/testbed.ts";

let testbed: Testbed;
let stack: Stack;
let guest: Guest;

beforeAll(async () => {
  testbed = await Testbed.start("hv1", "hv2");
  stack = await testbed.stack(network({ extra: forward }));
  succeeded(await stack.up());
  guest = await testbed.host.guest({ name: "web", mac: "52:54:00:00:00:10", bridge: "br0" });
  await guest.dhcp();
  await guest.serve();
});
afterAll(() => testbed?.stop());
beforeEach(() => stack.write(program(network({ extra: forward }))));

const works = async () => {
  await guest.renew();
  expect(await testbed.host.outside.fetch(`http://${testbed.host.uplink.ipv4.address}:8080/`)).toBe("web");
};
const urn = async (type: string) => {
  const resource = (await stack.export()).deployment.resources?.find(({ type: t }) => t.endsWith(`kvmnet:${type}`));
  return resource?.urn ?? "";
};

test("pulumi up --replace of the network, with forwards on it and guests in it", async () => {
  succeeded(await stack.up("--replace", await urn("NatNetwork")));
  await works();
  succeeded(await stack.refresh("--expect-no-changes"));
});

test("pulumi up --replace of the bridge puts the guests' ports back", async () => {
  succeeded(await stack.up("--replace", await urn("Bridge")));
  await works();
  succeeded(await stack.refresh("--expect-no-changes"));
});

test("a renamed bridge: nothing of the old is left, and a new guest works", async () => {
  const renamed = network({ extra: forward }).replace('Bridge("br0", {', 'Bridge("br0", { name: "br1",');
  await stack.write(program(renamed));
  succeeded(await stack.up());
  const { stdout } = await testbed.host.exec(
    "ip -br link show type bridge; nft list tables; ls /etc/dnsmasq.d-available",
  );
  expect(stdout).not.toContain("br0");
  const moved = await testbed.host.guest({ name: "web2", mac: "52:54:00:00:00:10", bridge: "br1" });
  await moved.dhcp();
  await moved.serve();
  expect(await testbed.host.outside.fetch(`http://${testbed.host.uplink.ipv4.address}:8080/`)).toBe("web2");
  await moved.unplug();
});

test("a stack moved to another host: all of it there, nothing of it here", async () => {
  await stack.config("kvmnet:host", "hv2");
  succeeded(await stack.up());
  const [old, now] = testbed.hosts;
  const left = await old?.exec(
    "ip -br link show type bridge; nft list tables; ls -d /etc/kvmnet /var/lib/kvmnet 2>/dev/null || true",
  );
  expect(left?.stdout).toBe("");
  expect((await now?.exec("nft list tables"))?.stdout).toContain("kvmnet_br0");
  succeeded(await stack.destroy());
});
