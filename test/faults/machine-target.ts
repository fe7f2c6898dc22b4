import { detour } from "../lab/detour.ts";
import { LabHost } from "../lab/qemu/host.ts";
import { takeSnapshot } from "../lab/quick/snapshot.ts";
import type { Case } from "./cases.ts";
import type { Target } from "./target.ts";

/** A virtual machine, behind a proxy: it has every kernel module, and its power cut loses what was not written to its disk. */
export async function machineTarget(one: Case): Promise<Target> {
  const name = `broken-${one.name}`;
  const host = await LabHost.start({ name, tcp: [] });
  const way = await detour(host.port(22), host.sshConfig);
  const { proxy, sshConfig } = way;
  const exec: Target["exec"] = async (command, { mayFail = false, ...options } = {}) => {
    const { stdout, stderr, exitCode } = await host.ssh(command, { ...options, check: !mayFail });
    return { stdout, stderr, exitCode: exitCode ?? -1 };
  };
  return {
    ...{ name, sshConfig, proxy, exec },
    snapshot: (whole = false) => takeSnapshot(exec, whole),
    async fillDisk(full) {
      const most =
        "fallocate -l $(($(df --output=avail -B1 / | tail -n 1) - 1048576)) /fill; cat /dev/zero > /fill.rest";
      await exec(full ? most : "rm -f /fill /fill.rest", { mayFail: true });
    },
    async powerCut(ready) {
      await proxy.refuse();
      proxy.cut();
      await host.powerCut();
      await ready();
      await proxy.accept();
    },
    async stop() {
      await way.stop();
      await host.stop();
    },
  };
}
