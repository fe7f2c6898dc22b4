import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Guest, QuickHost, Snapshot } from "../lab/quick/index.ts";
import { differences } from "../lab/quick/index.ts";
import type { Stack } from "../lab/stack.ts";
import { changes, forward, network, program, succeeded, Testbed } from "../lab/testbed.ts";
import { kinds } from "./kinds.ts";

const tried = kinds.filter(({ share }) => share || process.env.KVMNET_MATRIX === "1");

/** What holds on every kind of host: create, no-op, change, drift, reboot, and a destroy that leaves nothing. */
describe.each(tried)("$title", ({ host: options, setUp, coexist, reload }) => {
  const written = (extra: string) => network({ extra, ...(coexist && { coexist }) });
  let testbed: Testbed;
  let host: QuickHost;
  let stack: Stack;
  let guest: Guest;
  let before: Snapshot;

  beforeAll(async () => {
    testbed = await Testbed.start({ ...options, name: "hv1" });
    host = testbed.host;
    stack = await testbed.stack(written(forward));
    await host.outside.serve("8000");
    // What a host's own managers note for themselves at a boot is there before, too.
    if (setUp !== undefined) await host.exec(setUp);
    await host.reboot();
    before = await host.snapshot();
  });
  afterEach(() => guest?.unplug());
  afterAll(() => testbed?.stop());

  /** The guest has its address and its way out, and is reached from outside. */
  async function works(): Promise<void> {
    guest = await host.guest({ name: "web", mac: "52:54:00:00:00:10", bridge: "br0" });
    expect((await guest.dhcp()).ip).toBe("10.10.10.10");
    await guest.serve();
    expect(await host.outside.fetch(`http://${host.uplink.ipv4.address}:8080/`)).toBe("web");
    const seen = await guest.fetch(`http://${host.uplink.ipv4.gateway}:8000/cgi-bin/who`);
    expect(seen).toBe(host.uplink.ipv4.address);
  }

  test("up builds a network, and packets flow", async () => {
    succeeded(await stack.up());
    await works();
    succeeded(await stack.run(["refresh", "--expect-no-changes"]));
    succeeded(await stack.up("--expect-no-changes"));
  });

  test("a change changes just that", async () => {
    const changed = forward.replace("8080", "8081");
    await stack.write("index.ts", program(written(changed))["index.ts"] ?? "");
    expect(changes(succeeded(await stack.up()))).toMatchObject({ update: 1 });
    await stack.write("index.ts", program(written(forward))["index.ts"] ?? "");
    succeeded(await stack.up());
    await works();
  });

  test.runIf(reload)("the other firewall reads its rules again, and no guest is cut off", async () => {
    await host.exec(reload ?? "");
    await works();
  });

  test("a bridge that somebody deletes is made again", async () => {
    await host.exec("ip link del br0");
    expect(succeeded(await stack.refresh("--diff")).stdout).toMatch(/Bridge.*br0/);
    succeeded(await stack.up());
    await works();
  });

  test("it is all there after a reboot", async () => {
    await host.reboot();
    await works();
    succeeded(await stack.run(["refresh", "--expect-no-changes"]));
  });

  test("destroy leaves the host as it was", async () => {
    succeeded(await stack.destroy());
    // Chains for what it has no more stay in another firewall until then.
    if (reload !== undefined) await host.reboot();
    expect(differences(before, await host.snapshot())).toEqual([]);
  });
});
