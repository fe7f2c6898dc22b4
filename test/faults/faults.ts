import type { Moment } from "../lab/proxy.ts";
import type { Provider } from "./provider.ts";
import { pointedRuntime } from "./runtime.ts";
import type { Target } from "./target.ts";

/** What a fault strikes: at the time, the runner waits at one of its points. */
export interface Scene {
  readonly target: Target;
  readonly provider: Provider;
  /** Process of the runner on the host. */
  readonly runner: string;
}

/** Something that goes wrong while a runner is in the middle of its work. */
export interface Fault {
  readonly name: string;
  strike(scene: Scene): Promise<unknown>;
  /** Afterwards, when the operation has ended one way or the other. */
  mend?(target: Target): Promise<unknown>;
  /** What an error must say when this is the reason for it. */
  readonly says?: RegExp;
}

const full = /No space left on device/;
const readOnly = /Read-only file system/;
const bound = (dir: string): Pick<Fault, "strike" | "mend" | "says"> => ({
  strike: ({ target }) => target.exec(`mount --bind ${dir} ${dir} && mount -o remount,bind,ro ${dir}`),
  mend: (target) => target.exec(`umount -l ${dir}`),
  says: readOnly,
});

/** Where a request is cut off, as the client's chunks go: see `TcpProxy.cutAt`. */
export const moments: readonly Moment[] = ["before", "half", "after", "answer"];

/** Somebody dies while a runner is at work. */
const deaths: readonly Fault[] = [
  { name: "runner killed", strike: ({ target, runner }) => target.exec(`kill -9 ${runner}`) },
  { name: "provider killed", strike: ({ provider }) => provider.kill() },
  { name: "shell killed", strike: ({ target }) => target.exec("pkill -KILL -f '^/bin/sh -s -- '", { mayFail: true }) },
  { name: "connection cut", strike: async ({ target }) => target.proxy.cut() },
];

/** The host has no room, or lets nobody write. */
const shortages: readonly Fault[] = [
  { name: "disk full", strike: ({ target }) => target.fillDisk(true), mend: (t) => t.fillDisk(false), says: full },
  { name: "/etc read-only", ...bound("/etc") },
  {
    name: "/run full",
    // Others write there too, while this looks how much there is.
    strike: ({ target }) =>
      target.exec(
        "used=$(df --output=used -k /run | tail -n 1); " +
          "for more in 0 4 8 16; do mount -o remount,size=$((used + more))k /run && exit; done 2> /dev/null; exit 1",
      ),
    mend: (target) => target.exec("mount -o remount,size=512m /run"),
    says: full,
  },
  { name: "/var/lib read-only", ...bound("/var/lib") },
];

const powerCut: Fault = { name: "power cut", strike: ({ target }) => target.powerCut(() => place(target)) };

/** Everything that is done to a runner at its points. */
export const faults: readonly Fault[] = [...deaths, ...shortages, powerCut];

/** Puts the runtime with its points where the client finds it as its own. */
export async function place(target: Target): Promise<void> {
  const { path, text } = pointedRuntime();
  await target.exec(`mkdir -p -m 0700 /run/kvmnet/tx && cat > ${path}.new && mv ${path}.new ${path}`, { input: text });
}
