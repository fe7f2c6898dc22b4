import { appendFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TcpProxy } from "../lab/proxy.ts";
import { LabHost } from "../lab/qemu/host.ts";
import { takeSnapshot } from "../lab/quick/snapshot.ts";
import type { Target } from "./target.ts";

/** A virtual machine, behind a proxy: it has every kernel module, and its power cut loses what was not written to its disk. */
export async function machineTarget(): Promise<Target> {
  const name = "broken";
  const host = await LabHost.start({ name, tcp: [] });
  const proxy = await TcpProxy.start({ port: host.port(22) });
  const dir = await mkdtemp(join(tmpdir(), "kvmnet-faults-"));
  const [sshConfig, known] = [join(dir, "config"), join(dir, "known_hosts")];
  const config = await readFile(host.sshConfig, "utf8");
  const own = config.match(/UserKnownHostsFile "(.*)"/)?.[1] ?? "";
  await appendFile(known, (await readFile(own, "utf8")).replaceAll(/^\S+/gm, `[127.0.0.1]:${proxy.port}`));
  await appendFile(sshConfig, config.replaceAll(`Port ${host.port(22)}`, `Port ${proxy.port}`).replaceAll(own, known));
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
      await proxy.close();
      await host.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
