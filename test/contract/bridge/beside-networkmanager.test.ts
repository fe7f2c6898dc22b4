import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Direct } from "../../lab/direct.ts";
import { differences, QuickHost, type Snapshot } from "../../lab/quick/index.ts";

/** A host whose uplink systemd-networkd keeps, while NetworkManager runs too, and takes what nobody tells it to leave alone. */
let host: QuickHost;
let direct: Direct;
let before: Snapshot;

beforeAll(async () => {
  const files = { "/etc/NetworkManager/conf.d/dns.conf": "[main]\ndns=none\n" };
  host = await QuickHost.start({ name: "beside", packages: ["network-manager"], files });
  direct = new Direct(host.name, host.sshConfig);
});
afterAll(() => host?.stop());
beforeEach(async () => {
  before = await host.snapshot();
});

/** NetworkManager has had time to do what it would. */
async function rests(): Promise<void> {
  await host.exec("sleep 4");
  expect(differences(before, await host.snapshot())).toEqual([]);
}

test("an uplink that comes out of its bridge again stays networkd's, with all of its addresses", async () => {
  const bridge = await direct.make("bridge", "br0", { uplink: "eth0", confirmTimeoutSeconds: 15 });
  await direct.remove("bridge", bridge);
  await rests();
});

test("so it does when the host puts back a change that cut its path", async () => {
  const wrong = { uplink: "eth0", addresses: ["203.0.113.9/24"], gateways: [], confirmTimeoutSeconds: 10 };
  await expect(direct.make("bridge", "br0", wrong)).rejects.toThrow("so it put back what was there before");
  await rests();
});
