import { appendFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TcpProxy } from "../lab/proxy.ts";
import { QuickHost, startPausedDomain } from "../lab/quick/index.ts";
import type { Case } from "./cases.ts";
import type { Target } from "./target.ts";

/** A port for a bridge, which is there again after each boot. */
const PORTS = "[NetDev]\nName=p0\nKind=veth\n[Peer]\nName=p1\n";
/** It is kept by networkd before and after, so its settings are networkd's all the time. */
const IDLE = "[Match]\nName=p0 p1\n[Network]\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n";

/** A quick host, behind a proxy, with what the cases want to find. */
export async function quickTarget({ guest }: Case): Promise<Target> {
  const name = "faulty";
  const files = { "/etc/systemd/network/20-p.netdev": PORTS, "/etc/systemd/network/90-p.network": IDLE };
  const host = await QuickHost.start({ name, files });
  if (guest) await startPausedDomain(host, { name: guest });
  const proxy = await TcpProxy.start({ port: host.port });
  const dir = await mkdtemp(join(tmpdir(), "kvmnet-faults-"));
  const [sshConfig, known] = [join(dir, "config"), join(dir, "known_hosts")];
  await appendFile(known, (await readFile(host.knownHosts, "utf8")).replace(/^\S+/, `[127.0.0.1]:${proxy.port}`));
  const through = (await readFile(host.sshConfig, "utf8"))
    .replace(`Port ${host.port}`, `Port ${proxy.port}`)
    .replace(host.knownHosts, known);
  await appendFile(sshConfig, through);
  return {
    name,
    sshConfig,
    proxy,
    exec: (command, options) => host.exec(command, options),
    snapshot: (whole = false) => host.snapshot(whole),
    fillDisk: (full) => host.fillDisk(full),
    async powerCut(ready) {
      await proxy.refuse();
      await host.powerCut();
      await host.powerOn();
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
