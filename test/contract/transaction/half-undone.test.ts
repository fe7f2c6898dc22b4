import { afterAll, beforeAll, expect, test } from "vitest";
import { closeAll, hostFor } from "../../../provider/host/pool.ts";
import { resolveHost } from "../../../provider/host/resolve.ts";
import type { Member } from "../../../provider/plan/request.ts";
import { bridge } from "../../../provider/resources/index.ts";
import { differences, QuickHost } from "../../lab/quick/index.ts";
import { creations, install, recover, run } from "./request.ts";

const files = "/etc/systemd/network";

let machine: QuickHost;
beforeAll(async () => {
  machine = await QuickHost.start({ name: "half-undone" });
  process.env.KVMNET_SSH_CONFIG = machine.sshConfig;
});
afterAll(async () => {
  await closeAll();
  await machine?.stop();
});

/** What a new connection learns of the host. */
async function facts() {
  await closeAll();
  return hostFor(resolveHost("half-undone", {})).facts();
}

/** Has the request killed when the bridge is written down, and not yet that the uplink is its port. */
async function killedHalfway(member: Member): Promise<void> {
  const halfway = `[ -e ${files}/01-kvmnet-br2.network ] && [ ! -e ${files}/00-kvmnet-port-eth0.network ]`;
  for (let step = 1; ; step++) {
    await run(machine, [member], { killAt: step });
    const { exitCode } = await machine.exec(halfway, { mayFail: true });
    if (exitCode === 0) return;
    await recover(machine, member);
    expect(step).toBeLessThan(30);
  }
}

test("where /etc became read-only between two files of the uplink's bridge, networkd reads neither, and the way to the host stays", async () => {
  const before = await machine.snapshot();
  const [member] = (await creations([[bridge, "br2", { uplink: "eth0" }]], await facts())) as [Member];
  await install(machine);
  await killedHalfway(member);

  await machine.exec("mount --bind /etc /etc && mount -o remount,bind,ro /etc");
  expect(await run(machine, [member])).toMatch(/^>member 0 failed [\s\S]*Read-only file system/m);
  // Answered over a new connection.
  await facts();
  await expect(machine.exec("ip link show br2")).rejects.toThrow("does not exist");

  await machine.exec("umount -l /etc");
  await recover(machine, member);
  expect(differences(before, await machine.snapshot())).toEqual([]);
});
