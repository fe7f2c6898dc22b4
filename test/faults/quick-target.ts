import { detour } from "../lab/detour.ts";
import { QuickHost, type QuickHostOptions, SPARE_PORT, startPausedDomain } from "../lab/quick/index.ts";
import type { Case } from "./cases.ts";
import type { Target } from "./target.ts";

/** How a host of some kind is made. */
export interface HostKind {
  readonly host: Omit<QuickHostOptions, "name">;
  /** Has what else is on it in force, once, before anything else: a shell command, after which it is rebooted. */
  readonly setUp?: string;
}

/** A quick host, behind a proxy, with what the cases want to find. */
export async function quickTarget({ guest, own, also = "" }: Case, kind: HostKind = { host: {} }): Promise<Target> {
  const name = "faulty";
  const files = { ...SPARE_PORT, ...kind.host.files, ...own?.files };
  const host = await QuickHost.start({ ...kind.host, name, files });
  if (kind.setUp !== undefined) {
    await host.exec(kind.setUp);
    await host.reboot();
  }
  if (guest) await startPausedDomain(host, { name: guest });
  if (own) await host.exec(own.setUp);
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
