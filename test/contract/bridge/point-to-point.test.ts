import { afterAll, beforeAll, expect, test } from "vitest";
import { Direct } from "../../lab/direct.ts";
import { differences, QuickHost, type Snapshot } from "../../lab/quick/index.ts";

/** A network of two addresses, the host's and a guest's (RFC 3021). */
let host: QuickHost;
let direct: Direct;
let before: Snapshot;

beforeAll(async () => {
  host = await QuickHost.start({ name: "p2p" });
  direct = new Direct(host.name, host.sshConfig);
  before = await host.snapshot();
});
afterAll(() => host?.stop());

test.each(["networkd", "systemd"])(
  "kept by %s, a /31 has a guest that answers, before and after a reboot",
  async (backend) => {
    const args = { backend, addresses: ["10.10.10.0/31", "FD00:10:0::1/64"] };
    const state = await direct.make("bridge", "br0", args);
    const answered = async () => {
      const guest = await host.guest({ name: "a", bridge: "br0" });
      await guest.static("10.10.10.1/31");
      expect((await host.exec("ping -c 1 -W 2 10.10.10.1", { mayFail: true })).exitCode).toBe(0);
      await guest.unplug();
    };
    await answered();
    await host.reboot();
    await answered();
    expect(await direct.stands("bridge", state, args)).toBe(true);
    await direct.remove("bridge", state);
    expect(differences(before, await host.snapshot())).toEqual([]);
  },
);
