/** A host of an image, booted once and kept: every other one goes on from there, in seconds. */
import { createHash } from "node:crypto";
import { chmod, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { buildOnce } from "../cache.ts";
import type { Image } from "../image/image.ts";
import { step } from "../progress.ts";
import { type Accelerator, findAccelerator, PROCESSORS } from "./accelerator.ts";
import { booted } from "./console.ts";
import { end, forwardedPorts, launch, monitorOf } from "./machine.ts";
import { Monitor } from "./monitor.ts";
import { connect, disconnect, ssh, writeSshFiles } from "./ssh.ts";

/** A stopped host: its disk and its memory of the same moment. Neither may be written to. */
export interface Booted {
  disk: string;
  state: string;
}

/** How long a boot may take before it counts as failed, in milliseconds: 22 s emulated on an idle machine. */
export const BOOT_MS = 240_000;

/** How long a host that is up may take to let root in, in milliseconds: 3 s on an idle machine. */
export const CONNECT_MS = 90_000;

/** Slow first times, done here once: libvirt asks its emulators what they can do, and caches that. */
const WARM_UP = `
systemctl is-system-running --wait || systemctl --failed
virsh -c qemu:///system domcapabilities > /dev/null
virsh -c lxc:///system capabilities > /dev/null
modprobe -a dummy bridge veth 8021q nf_tables nf_nat nf_conntrack tun macvtap
sync`;

/** The kept host of `image`, booted on first use. @throws if it does not come up. */
export async function bootedHost(image: Image): Promise<Booted> {
  const accelerator = await findAccelerator(image);
  // State is for one version of QEMU and one processor.
  const { stdout } = await execa("qemu-system-x86_64", ["--version"]);
  const version = /version ([\d.]+)/.exec(stdout)?.[1] ?? "unknown";
  const hash = createHash("sha256").update([image.key, version, accelerator, ...PROCESSORS[accelerator]].join(" "));
  // Short, for sockets are made below it, whose paths may have 107 bytes: unix(7).
  const key = `${image.suite}-${hash.digest("hex").slice(0, 8)}`;
  const dir = await buildOnce(`booted/${key}`, (scratch) =>
    step(`first boot of a ${image.suite} host (${accelerator})`, () => build(image, accelerator, scratch)),
  );
  return { disk: join(dir, "disk.qcow2"), state: join(dir, "state") };
}

/** Makes a disk of which only the differences to `base` are stored. */
export async function overlay(base: string, disk: string): Promise<void> {
  await execa("qemu-img", ["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", base, disk]);
}

async function build(image: Image, accelerator: Accelerator, dir: string): Promise<void> {
  const disk = join(dir, "disk.qcow2");
  const state = join(dir, "state");
  await overlay(image.disk, disk);
  await launch({ dir, image, accelerator, disk, tcp: [22], udp: [], outlive: false });
  try {
    const port = (await forwardedPorts(dir))["tcp/22"] ?? 0;
    await writeFile(join(dir, "name"), "lab");
    await writeSshFiles(dir, "lab", port, image);
    await booted(dir, 0, BOOT_MS);
    await connect(dir, CONNECT_MS);
    await ssh(dir, WARM_UP);
    await disconnect(dir);
    await Monitor.use(monitorOf(dir), (monitor) => save(monitor, state));
  } finally {
    await end(dir);
  }
  for (const name of ["name", "pid", "ssh_config", "ssh.log", "known_hosts", "qmp"])
    await rm(join(dir, name), { force: true });
  await Promise.all([chmod(disk, 0o444), chmod(state, 0o444)]);
}

/**
 * Writes the memory of a running machine to a file. A migration and not a snapshot: the disk stays a plain one that
 * overlays can be backed by, and the host that reads the state is running at once.
 */
async function save(monitor: Monitor, file: string): Promise<void> {
  await monitor.command("migrate-set-parameters", { "max-bandwidth": 2 ** 40 });
  await monitor.command("migrate", { uri: `exec:exec cat > '${file.replaceAll("'", "'\\''")}'` });
  for (;;) {
    const { status, "error-desc": why } = (await monitor.command("query-migrate")) as Record<string, string>;
    if (status === "completed") return;
    if (status === "failed" || status === "cancelled")
      throw new Error(`the state could not be saved: ${why ?? status}`);
    await sleep(100);
  }
}
