import { detour } from "../lab/detour.ts";
import { QuickHost, type QuickHostOptions, startPausedDomain } from "../lab/quick/index.ts";
import type { Case } from "./cases.ts";
import type { Target } from "./target.ts";

/** How a host of some kind is made. */
export interface HostKind {
  readonly host: Omit<QuickHostOptions, "name">;
  /** Has what else is on it in force, once, before anything else: a shell command, after which it is rebooted. */
  readonly setUp?: string;
}

/** A port for a bridge, which is there again after each boot: networkd's, or a unit's where networkd is masked. */
const PORT: Record<string, string> = {
  "/etc/systemd/network/20-p.netdev": "[NetDev]\nName=p0\nKind=veth\n[Peer]\nName=p1\n",
  // It is kept by networkd before and after, so its settings are networkd's all the time.
  "/etc/systemd/network/90-p.network": "[Match]\nName=p0 p1\n[Network]\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n",
  "/etc/systemd/system/port.service": `[Unit]
ConditionPathExists=/etc/systemd/system/systemd-networkd.service
DefaultDependencies=no
Wants=network-pre.target
Before=network-pre.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=ip link add p0 address 52:54:00:70:00:00 type veth peer name p1 address 52:54:00:70:00:01
ExecStart=ip link set dev p0 addrgenmode none up
ExecStart=ip link set dev p1 addrgenmode none up
`,
  "/etc/systemd/system/sysinit.target.d/port.conf": "[Unit]\nWants=port.service\n",
  // NetworkManager is to make up no profile for it.
  "/etc/NetworkManager/conf.d/p.conf": "[main]\nno-auto-default=p0,p1\n",
};

/** A quick host, behind a proxy, with what the cases want to find. */
export async function quickTarget({ guest, own, also = "" }: Case, kind: HostKind = { host: {} }): Promise<Target> {
  const name = "faulty";
  const files = { ...PORT, ...kind.host.files, ...own?.files };
  const host = await QuickHost.start({ ...kind.host, name, files });
  if (kind.setUp !== undefined) {
    await host.exec(kind.setUp);
    await host.reboot();
  }
  if (own) await host.exec(own.setUp);
  if (guest) await startPausedDomain(host, { name: guest });
  const way = await detour(host.port, host.sshConfig);
  const { proxy, sshConfig } = way;
  // libvirt writes the default out when it has been changed and is set again.
  const stored = `virsh -q -c qemu:///system dumpxml --inactive ${guest} | grep -vF "<link state='up'/>"`;
  const definition = async (domain: string) => ({ [`domain:${domain}`]: (await host.exec(stored)).stdout });
  return {
    name,
    sshConfig,
    proxy,
    exec: (command, options) => host.exec(command, options),
    snapshot: async (whole = false) => ({
      ...(await host.snapshot(whole)),
      ...(guest && (await definition(guest))),
      also: (await host.exec(also, { mayFail: true })).stdout,
    }),
    fillDisk: (full) => host.fillDisk(full),
    async powerCut(ready) {
      await proxy.refuse();
      await host.powerCut();
      await host.powerOn();
      await ready();
      await proxy.accept();
    },
    async stop() {
      await way.stop();
      await host.stop();
    },
  };
}
