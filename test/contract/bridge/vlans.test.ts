import { afterAll, beforeAll, expect, test } from "vitest";
import { Direct } from "../../lab/direct.ts";
import { differences, QuickHost, type Snapshot } from "../../lab/quick/index.ts";

/** A bridge that looks at VLAN tags. Kernels without that are among those that the lab runs on. */
let host: QuickHost;
let direct: Direct;
let before: Snapshot;
let filters: boolean;

beforeAll(async () => {
  host = await QuickHost.start({ name: "vlans" });
  direct = new Direct(host.name, host.sshConfig);
  before = await host.snapshot();
  const tried = await host.exec("unshare -n ip link add name b0 type bridge vlan_filtering 1", { mayFail: true });
  filters = tried.exitCode === 0;
});
afterAll(() => host?.stop());

const filtering = async () => (await host.exec("cat /sys/class/net/br0/bridge/vlan_filtering")).stdout;

test.each(["networkd", "systemd"])(
  "kept by %s, it does, over a reboot and no longer than it is told to; or the host says that its kernel cannot",
  async (backend) => {
    const args = { backend, addresses: ["10.10.10.1/24"], vlanFiltering: true };
    if (filters) {
      let state = await direct.make("bridge", "br0", args);
      expect(await filtering()).toBe("1");
      await host.reboot();
      expect(await filtering()).toBe("1");
      expect(await direct.stands("bridge", state, args)).toBe(true);
      // All are in VLAN 1.
      const guests = [await host.guest({ name: "a", bridge: "br0" }), await host.guest({ name: "b", bridge: "br0" })];
      for (const [index, guest] of guests.entries()) await guest.static(`10.10.10.1${index}/24`);
      expect((await guests[0]?.exec("ping -c 1 -W 2 10.10.10.1 && ping -c 1 -W 2 10.10.10.11"))?.exitCode).toBe(0);
      for (const guest of guests) await guest.unplug();
      state = await direct.change("bridge", state, { ...args, vlanFiltering: undefined });
      expect(await filtering()).toBe("0");
      await direct.remove("bridge", state);
    } else {
      await expect(direct.make("bridge", "br0", args)).rejects.toThrow(
        "vlanFiltering: the kernel of vlans has no bridges that filter VLANs (CONFIG_BRIDGE_VLAN_FILTERING). Leave it out.",
      );
    }
    expect(differences(before, await host.snapshot())).toEqual([]);
  },
);
