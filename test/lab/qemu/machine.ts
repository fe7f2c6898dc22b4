/** One QEMU process: its command line, its start and its end. */
import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { findProgram } from "../apt.ts";
import type { Image } from "../image/image.ts";
import { type Accelerator, PROCESSORS } from "./accelerator.ts";
import { consoleOf } from "./console.ts";
import type { Emulator } from "./emulator.ts";
import { Monitor } from "./monitor.ts";

/** How to start a machine. */
export interface MachineOptions {
  /** Directory of its own: sockets, process id, console. */
  dir: string;
  image: Image;
  accelerator: Accelerator;
  /** The qcow2 disk it writes to. */
  disk: string;
  /** Ports of the machine that get one on 127.0.0.1. */
  tcp: number[];
  udp: number[];
  /** More words for the kernel's command line. */
  kernel?: string | undefined;
  /** With a NIC with functions to hand over (SR-IOV), behind an IOMMU: what starts a QEMU that has `igb`, 8.0 or later. */
  sriov?: Emulator | undefined;
  /** A file of saved state to go on from, instead of booting. */
  state?: string;
  /** Whether it goes on when the process that started it ends. */
  outlive: boolean;
}

/** What 10.0.2.100:80, the only thing outside that a lab host can reach, answers. */
export const OUTSIDE_TEXT = "outside";
export const OUTSIDE_URL = "http://10.0.2.100/";

const OUTSIDE = fileURLToPath(new URL("outside.sh", import.meta.url));
/** Quiet for systemd; of the kernel its notices, the first of which tells that it runs. */
const KERNEL_COMMAND = "root=/dev/vda rw console=ttyS0 quiet loglevel=6 mitigations=off";

const IOMMU_KERNEL = "intel_iommu=on iommu=pt";
/** Slots of PCI Express, since no other have SR-IOV. As they number themselves (not by ACPI) they make the names, ens3 and ens6. */
const SRIOV = [
  ...["-device", "intel-iommu,intremap=on", "-global", "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off"],
  ...[3, 6].flatMap((slot) => ["-device", `pcie-root-port,id=slot${slot},chassis=${slot},slot=${slot}`]),
  ...["-netdev", "hubport,id=lan,hubid=1", "-device", "igb,netdev=lan,mac=52:54:00:12:34:60,bus=slot6"],
];

/** Path of the monitor's socket of the machine in `dir`. */
export const monitorOf = (dir: string): string => join(dir, "qmp");

/**
 * Starts QEMU and waits until its monitor answers, which is long before the system in it does.
 * @returns the process id, which is also in the file `pid`.
 * @throws with what QEMU printed, if it ends at once.
 */
export async function launch(options: MachineOptions): Promise<number> {
  const { dir, outlive, sriov } = options;
  const log = openSync(join(dir, "qemu.log"), "a");
  const { command, env }: Emulator = sriov ?? { command: [findProgram("qemu-system-x86_64") ?? "qemu-system-x86_64"] };
  // The kernel ends QEMU when its starter ends, however that happens.
  const tether = outlive ? [] : ["setpriv", "--pdeathsig", "KILL"];
  const [program, ...args] = [...tether, ...command, ...commandLine(options)] as [string, ...string[]];
  const how = { cwd: dir, detached: true, env: { ...process.env, ...env } };
  const child = spawn(program, args, { ...how, stdio: ["ignore", log, log] });
  closeSync(log);
  child.unref();
  let ended = false;
  child.once("exit", () => {
    ended = true;
  });
  const started = await new Promise<number>((resolve, reject) => {
    child.once("spawn", () => resolve(child.pid as number)).once("error", reject);
  });
  await writeFile(join(dir, "pid"), `${started}\n`);
  await monitorAnswers(dir, () => ended);
  return started;
}

function commandLine(options: MachineOptions): string[] {
  const { dir, image, accelerator, disk, kernel, state, sriov } = options;
  const append = [KERNEL_COMMAND, ...(sriov ? [IOMMU_KERNEL] : []), kernel].join(" ").trim();
  return [
    ...["-M", sriov ? "q35" : "pc", "-accel", accelerator, ...PROCESSORS[accelerator], "-m", "1024"],
    ...["-nodefaults", "-display", "none", "-serial", `file:${quoted(consoleOf(dir))}`],
    ...["-qmp", `unix:${quoted(monitorOf(dir))},server=on,wait=off`],
    ...["-kernel", image.kernel, "-initrd", image.initrd, "-append", append],
    ...(sriov ? SRIOV : []),
    // A lab disk needs to survive the end of its machine, not of this one.
    ...["-drive", `if=none,id=disk,format=qcow2,file=${quoted(disk)},cache=unsafe,discard=unmap`],
    ...["-device", "virtio-blk-pci,drive=disk,addr=4"],
    ...["-netdev", userNetwork(options)],
    // The slot makes the name ens3, which the image's network configuration matches.
    ...["-device", `virtio-net-pci,netdev=uplink,mac=52:54:00:12:34:56,${sriov ? "bus=slot3" : "addr=3"},romfile=`],
    ...["-device", "virtio-rng-pci,addr=5"],
    ...(state ? ["-incoming", `exec:exec cat '${state.replaceAll("'", "'\\''")}'`] : []),
  ];
}

/** QEMU's network in user space, closed but for what is named; port 0 lets the kernel choose a free one. */
function userNetwork({ tcp, udp }: MachineOptions): string {
  const forwards = [...tcp.map((port) => `tcp:127.0.0.1:0-:${port}`), ...udp.map((port) => `udp:127.0.0.1:0-:${port}`)];
  // Run anew for each connection; a chardev there would be one connection for the machine's whole life.
  const outside = `tcp:10.0.2.100:80-cmd:/bin/sh '${quoted(OUTSIDE)}' '${OUTSIDE_TEXT}'`;
  return ["user,id=uplink,restrict=on", ...forwards.map((f) => `hostfwd=${f}`), `guestfwd=${outside}`].join(",");
}

/** In QEMU's option lists a comma is written twice. */
function quoted(value: string): string {
  return value.replaceAll(",", ",,");
}

async function monitorAnswers(dir: string, ended: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !ended(); tries++) {
    if (existsSync(monitorOf(dir))) {
      const answers = await Monitor.use(monitorOf(dir), (monitor) => monitor.command("query-name")).then(
        () => true,
        () => false,
      );
      if (answers) return;
    }
    await sleep(100);
  }
  throw new Error(`QEMU did not start: ${readFileSync(join(dir, "qemu.log"), "utf8").trim()}`);
}

/** Process id of the machine in `dir`, if it runs; a number that now belongs to another program does not count. */
export function runningIn(dir: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(dir, "pid"), "utf8"));
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
    return command.includes(`unix:${quoted(monitorOf(dir))},`) ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** Ends the machine in `dir` at once, as if its plug were pulled, and waits until it is gone. */
export async function end(dir: string): Promise<void> {
  await Monitor.use(monitorOf(dir), (monitor) => monitor.command("quit")).catch(() => {});
  for (let tries = 0; tries < 100; tries++) {
    const pid = runningIn(dir);
    if (pid === undefined) return;
    if (tries === 50) process.kill(pid, "SIGKILL");
    await sleep(100);
  }
  throw new Error(`QEMU in ${dir} does not end`);
}

/** Ports on 127.0.0.1 by what they lead to: "tcp/22" → 40123. */
export async function forwardedPorts(dir: string): Promise<Record<string, number>> {
  const text = await Monitor.use(monitorOf(dir), (monitor) => monitor.human("info usernet"));
  const rows = text.matchAll(/^\s*(TCP|UDP)\[HOST_FORWARD\]\s+\d+\s+\S+\s+(\d+)\s+\S+\s+(\d+)/gm);
  return Object.fromEntries(
    [...rows].map(([, kind, local, port]) => [`${kind?.toLowerCase()}/${port}`, Number(local)]),
  );
}
