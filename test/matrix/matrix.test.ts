import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { Guest, QuickHost, Snapshot } from "../lab/quick/index.ts";
import { differences, losses } from "../lab/quick/index.ts";
import type { Stack } from "../lab/stack.ts";
import { changes, forward, network, program, succeeded, Testbed } from "../lab/testbed.ts";
import { kinds } from "./kinds.ts";

const echo = `new kvmnet.PortForward("echo", { network, target: "10.10.10.10", ports: [{ port: 8090, targetPort: 90 }] });`;
const tried = kinds.filter(({ share }) => share || process.env.KVMNET_MATRIX === "1");

/** As long as guests may be out of reach. */
const SOON_MS = 5_000;

/** What holds on every kind of host: create, no-op, change, drift, reboot, and a destroy that leaves nothing. */
describe.each(tried)("$title", ({ host: options, setUp, coexist, blocks, reload, flush }) => {
  const written = (extra: string, beside = coexist) =>
    network({ extra: `${extra}\n${echo}`, ...(beside && { coexist: beside }) });
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
    await host.outside.echo(8001);
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

  /** Somebody changes rules, and the guest is reached and gets out again by itself within the time. */
  async function comesBack(command: string): Promise<void> {
    await host.exec(command);
    const began = Date.now();
    await vi.waitFor(
      async () => {
        const [toGuest, toOutside] = await Promise.all([
          host.outside.exec(`curl -sf --max-time 1 http://${host.uplink.ipv4.address}:8080/`),
          guest.exec(`curl -sf --max-time 1 http://${host.uplink.ipv4.gateway}:8000/cgi-bin/who`),
        ]);
        expect([toGuest.stdout.trim(), toOutside.stdout.trim()]).toEqual(["web", host.uplink.ipv4.address]);
      },
      { timeout: SOON_MS, interval: 100 },
    );
    expect(Date.now() - began).toBeLessThan(SOON_MS);
  }

  test.runIf(blocks)("what keeps guests from the outside is named after up, with the way out", async () => {
    await stack.write(program(written(forward, [])));
    const { stdout } = succeeded(await stack.up());
    for (const by of blocks ?? []) expect(stdout).toMatch(new RegExp(`${by} drops packets on hv1 .*forward`));
    expect(stdout).toContain(`To change that, add coexist: ["${coexist?.[0]}"]`);
    await stack.write(program(written(forward)));
  });

  test("up builds a network, and packets flow", async () => {
    succeeded(await stack.up());
    await works();
    succeeded(await stack.run(["refresh", "--expect-no-changes"]));
    succeeded(await stack.up("--expect-no-changes"));
  });

  test("a change changes just that", async () => {
    const changed = forward.replace("8080", "8081");
    await stack.write(program(written(changed)));
    expect(changes(succeeded(await stack.up()))).toMatchObject({ update: 1 });
    await stack.write(program(written(forward)));
    succeeded(await stack.up());
    await works();
  });

  test.runIf(reload)("the other firewall reads its rules again, or loses some, and no guest is cut off", async () => {
    await works();
    await guest.echo(90);
    const { address, gateway } = host.uplink.ipv4;
    for (const command of [reload, flush]) {
      if (command === undefined) continue;
      const both = [1, 2, 3].flatMap(() => [host.outside.transfer(address, 8090), guest.transfer(gateway, 8001)]);
      await losses(command, await Promise.all(both), () => comesBack(command));
    }
    succeeded(await stack.run(["refresh", "--expect-no-changes"]));
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
