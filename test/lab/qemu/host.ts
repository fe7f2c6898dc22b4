/** Lab hosts: real hypervisor hosts in virtual machines. */
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ensurePrograms } from "../apt.ts";
import { cacheDir, withLock } from "../cache.ts";
import { debianImage, type Image, type Suite } from "../image/image.ts";
import { say } from "../progress.ts";
import { findAccelerator } from "./accelerator.ts";
import { BOOT_MS, type Booted, bootedHost, CONNECT_MS, overlay } from "./booted.ts";
import { booted, consoleSize, lastWords, speaks } from "./console.ts";
import { type Emulator, newerEmulator } from "./emulator.ts";
import { personalise, plugLan } from "./identity.ts";
import { end, forwardedPorts, launch, monitorOf, runningIn } from "./machine.ts";
import { Monitor } from "./monitor.ts";
import { configOf, connect, disconnect, type SshOptions, type SshResult, ssh, writeSshFiles } from "./ssh.ts";

export { OUTSIDE_TEXT, OUTSIDE_URL } from "./machine.ts";

/** What host to start. */
export interface HostOptions {
  /** Letters, digits and dashes; one host of a name runs at a time. */
  name: string;
  /** "bookworm" if not given. */
  suite?: Suite;
  /** Boots from a clean disk instead of going on from the kept boot. */
  fresh?: boolean;
  /** More words for the kernel's command line; such a host is always fresh. */
  kernel?: string;
  /** With `ens6`, a NIC with functions to hand over (SR-IOV), behind an IOMMU; such a host is always fresh. */
  sriov?: boolean;
  /** The host to whose `ens8` this one's is wired: a LAN of two; neither needs to be there first. No such NIC if not given. */
  lan?: string;
  /** TCP ports of the host that get one on 127.0.0.1; 22 always has one. 80, 8080, 8443 if not given. */
  tcp?: number[];
  /** UDP ports likewise; none if not given. */
  udp?: number[];
  /** Whether it goes on when this process ends; false if not given. */
  outlive?: boolean;
}

/** What is kept of a running host, in `host.json`. */
interface Kept {
  name: string;
  suite: Suite;
  ports: Record<string, number>;
}

const PROGRAMS = {
  "qemu-system-x86_64": "qemu-system-x86",
  "qemu-img": "qemu-utils",
  ssh: "openssh-client",
  setpriv: "util-linux",
};

/**
 * How long a machine may be silent after a reset, in milliseconds: its kernel speaks within 5 s. Until then nothing runs
 * that a test could have to do with; an emulated machine was seen to stay silent for ever, once.
 */
const SILENCE_MS = 60_000;

const runDir = () => join(cacheDir(), "run");

/** Starts QEMU on a clean disk in a directory of its own; only the holder of the lock "run" may. */
async function launchNew(
  image: Image,
  from: Booted | undefined,
  sriov: Emulator | undefined,
  options: HostOptions,
): Promise<string> {
  const { name, kernel, tcp = [80, 8080, 8443], udp = [], outlive = false } = options;
  const dir = join(runDir(), name);
  if (runningIn(dir) !== undefined) throw new Error(`a host named ${name} is running`);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const disk = join(dir, "disk.qcow2");
  await overlay(from?.disk ?? image.disk, disk);
  const accelerator = await findAccelerator(image);
  const state = from ? { state: from.state } : {};
  const ports = { tcp: [...new Set([22, ...tcp])], udp };
  await launch({ dir, image, accelerator, disk, kernel, sriov, ...ports, outlive, ...state });
  return dir;
}

/** Removes what hosts left whose starter was killed. */
async function sweep(): Promise<void> {
  for (const name of await entries()) {
    const dir = join(runDir(), name);
    if (runningIn(dir) === undefined) await rm(dir, { recursive: true, force: true });
  }
}

async function entries(): Promise<string[]> {
  const all = await readdir(runDir(), { withFileTypes: true }).catch(() => []);
  return all.filter((entry) => entry.isDirectory() && !entry.name.startsWith(".")).map((entry) => entry.name);
}

/** A running host. */
export class LabHost {
  readonly name: string;
  readonly suite: Suite;
  /** Directory of its sockets, disk and `console.log`; gone when it is stopped. */
  readonly dir: string;
  readonly #ports: Record<string, number>;

  private constructor({ name, suite, ports }: Kept) {
    this.name = name;
    this.suite = suite;
    this.dir = join(runDir(), name);
    this.#ports = ports;
  }

  /**
   * Starts a host with a clean disk, building image and kept boot where they are missing; ready for ssh when it returns.
   * @throws if one of that name runs, if a program is missing and cannot be installed, or if it does not come up.
   */
  static async start(options: HostOptions): Promise<LabHost> {
    const { name, suite = "bookworm" } = options;
    if (!/^[a-z][a-z0-9-]{0,30}$/.test(name)) throw new Error(`not a name for a host: ${name}`);
    await ensurePrograms(PROGRAMS);
    const image = await debianImage(suite);
    const from = options.fresh || options.kernel || options.sriov ? undefined : await bootedHost(image);
    const sriov = options.sriov ? await newerEmulator() : undefined;
    const dir = await withLock("run", async () => {
      await sweep();
      return launchNew(image, from, sriov, options);
    });
    try {
      const kept: Kept = { name, suite, ports: await forwardedPorts(dir) };
      const host = new LabHost(kept);
      await writeFile(join(dir, "name"), name);
      await writeSshFiles(dir, name, host.port(22), image);
      await writeFile(join(dir, "host.json"), JSON.stringify(kept));
      if (!from) await booted(dir, 0, BOOT_MS);
      await connect(dir, CONNECT_MS);
      await personalise(dir, name);
      if (options.lan) await plugLan(dir, name, options.lan);
      return host;
    } catch (error) {
      await end(dir);
      throw error;
    }
  }

  /** The running host `name`, whoever started it. @throws if there is none. */
  static async attach(name: string): Promise<LabHost> {
    const dir = join(runDir(), name);
    if (runningIn(dir) === undefined || !existsSync(join(dir, "host.json"))) {
      throw new Error(`no host named ${name} is running`);
    }
    return new LabHost(JSON.parse(await readFile(join(dir, "host.json"), "utf8")));
  }

  /** Names of the running hosts. */
  static async list(): Promise<string[]> {
    const names = await entries();
    return names.filter((name) => runningIn(join(runDir(), name)) !== undefined).sort();
  }

  /** An OpenSSH configuration with `Host NAME` (root) and NAME-ops, NAME-pat, NAME-odd. */
  get sshConfig(): string {
    return configOf(this.dir);
  }

  /** The port on 127.0.0.1 that leads to `port` of the host. @throws if it was not asked for at the start. */
  port(port: number, protocol: "tcp" | "udp" = "tcp"): number {
    const local = this.#ports[`${protocol}/${port}`];
    if (!local) throw new Error(`${this.name}: ${protocol} port ${port} is not forwarded`);
    return local;
  }

  /** Runs a shell command, as root if not said otherwise. @throws on an exit code other than 0, unless `check` is false. */
  ssh(command: string, options?: SshOptions): Promise<SshResult> {
    return ssh(this.dir, command, options);
  }

  /** Reboots as `systemctl reboot` does; returns when the new system answers. @throws if it does not come up. */
  reboot(): Promise<void> {
    return this.#restart(() => this.ssh("systemctl reboot", { check: false }));
  }

  /** Resets the machine: what was not written to its disk is lost. Returns when it answers again. */
  powerCut(): Promise<void> {
    return this.#restart((monitor) => monitor.command("system_reset"));
  }

  /** Keeps memory and disk as they are now under a name, inside the host's disk; about 2 s and 300 MB. */
  async savevm(tag: string): Promise<void> {
    await this.ssh("sync");
    await Monitor.use(monitorOf(this.dir), (monitor) => monitor.human(`savevm ${tag}`));
  }

  /** Goes back to what `savevm` kept, any number of times, and sets the clock. Open connections are lost. */
  async loadvm(tag: string): Promise<void> {
    await disconnect(this.dir);
    await Monitor.use(monitorOf(this.dir), (monitor) => monitor.human(`loadvm ${tag}`));
    await connect(this.dir, CONNECT_MS);
    await personalise(this.dir, this.name);
  }

  /** Ends the host at once and removes all of it. */
  async stop(): Promise<void> {
    await disconnect(this.dir);
    await end(this.dir);
    await rm(this.dir, { recursive: true, force: true });
  }

  /** Runs `bring`, which makes the machine start anew, and returns when the new system answers. */
  async #restart(bring: (monitor: Monitor) => Promise<unknown>): Promise<void> {
    const before = await consoleSize(this.dir);
    await Monitor.use(monitorOf(this.dir), async (monitor) => {
      await bring(monitor);
      // Left open it would hang: nothing tells the client that the host is gone.
      await disconnect(this.dir);
      // From here on it is not the old system's sshd that answers.
      await monitor.event("RESET", BOOT_MS).catch(async ({ message }: Error) => {
        throw new Error(`${message}; ${await lastWords(this.dir, before)}`);
      });
      if (await speaks(this.dir, await consoleSize(this.dir), SILENCE_MS)) return;
      say(`${this.name}: no word of its kernel for ${SILENCE_MS / 1000} s after a reset; it is reset once more`);
      await monitor.command("system_reset");
    });
    await booted(this.dir, before, BOOT_MS);
    await connect(this.dir, CONNECT_MS);
  }
}
