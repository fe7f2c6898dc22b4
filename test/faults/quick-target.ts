import { detour } from "../lab/detour.ts";
import { QuickHost, startPausedDomain } from "../lab/quick/index.ts";
import type { Case } from "./cases.ts";
import type { Target } from "./target.ts";

/** A port for a bridge, which is there again after each boot. */
const PORTS = "[NetDev]\nName=p0\nKind=veth\n[Peer]\nName=p1\n";
/** It is kept by networkd before and after, so its settings are networkd's all the time. */
const IDLE = "[Match]\nName=p0 p1\n[Network]\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n";

/** A quick host, behind a proxy, with what the cases want to find. */
export async function quickTarget({ guest, rules, also = "" }: Case): Promise<Target> {
  const name = "faulty";
  const files = { "/etc/systemd/network/20-p.netdev": PORTS, "/etc/systemd/network/90-p.network": IDLE };
  const own = rules === undefined ? {} : { "/etc/nftables.conf": rules };
  const host = await QuickHost.start({ name, files: { ...files, ...own } });
  if (rules !== undefined) await host.exec("systemctl enable --now nftables.service");
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
