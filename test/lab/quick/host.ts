/** Quick hosts: hypervisor hosts in namespaces, with a systemd of their own, up in a second and dozens at once. */
import { randomBytes } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { debianImage, type Suite } from "../image/image.ts";
import { withPackages } from "../image/layer.ts";
import { type EnterOptions, enter, type Said } from "./enter.ts";
import { type HostFile, hostFiles } from "./files.ts";
import { Keeping } from "./keeping.ts";
import { Guest, Peer } from "./peer.ts";
import { type PeerArgs, UPLINK } from "./protocol.ts";
import { checkRights } from "./rights.ts";
import { scratchDir } from "./scratch.ts";
import { type Snapshot, takeSnapshot } from "./snapshot.ts";

/** How to start one. */
export interface QuickHostOptions {
  /** Its host name, and its name in the SSH configuration. */
  name?: string;
  /** Debian release of its image; bookworm if unset. */
  suite?: Suite;
  /** More Debian packages that it has. */
  packages?: readonly string[];
  /** More files to write into it before its first boot, by absolute path; 0644 unless said. */
  files?: Record<string, string | HostFile>;
}

/** A guest to plug in. */
export interface GuestOptions {
  name: string;
  /** Its hardware address; made up from the name if unset. */
  mac?: string;
  /** The bridge of the host to plug it into. */
  bridge?: string;
  /** Name of its port in the host; the first free `vnetN` if unset. */
  port?: string;
}

/** A running host. All that belongs to it ends with `stop`, or with the process that started it. */
export class QuickHost {
  readonly name: string;
  /** Where its sshd is reached from this machine: a forward, so that the host sees the connection come in over its uplink. */
  readonly address = "127.0.0.1";
  readonly port: number;
  readonly identityFile: string;
  readonly knownHosts: string;
  /** File with a `Host NAME` entry that is complete but for the user. */
  readonly sshConfig: string;
  /** The uplink as the host has it; the outside is its gateway. */
  readonly uplink = { name: "eth0", ...UPLINK };
  /** The machine behind the uplink: a LAN client, and a server on the internet. */
  readonly outside: Peer;
  readonly #keeping: Keeping;
  readonly #dir: string;
  #pid: number;

  private constructor(shape: {
    name: string;
    identityFile: string;
    dir: string;
    keeping: Keeping;
    pid: number;
    outside: Peer;
  }) {
    this.name = shape.name;
    this.identityFile = shape.identityFile;
    this.#dir = shape.dir;
    this.#keeping = shape.keeping;
    this.#pid = shape.pid;
    this.port = shape.keeping.port;
    this.knownHosts = join(shape.dir, "known_hosts");
    this.sshConfig = join(shape.dir, "config");
    this.outside = shape.outside;
  }

  /** Starts a host and waits until it is up. @throws if rights or programs are missing, or it does not boot. */
  static async start(options: QuickHostOptions = {}): Promise<QuickHost> {
    await checkRights();
    const image = await debianImage(options.suite ?? "bookworm");
    const root = await withPackages(image, options.packages ?? []);
    const name = options.name ?? `quick-${randomBytes(3).toString("hex")}`;
    const dir = await scratchDir();
    try {
      const { files, hostKey } = await hostFiles({ name, dir, more: options.files ?? {} });
      const keeping = await Keeping.start({ dir, image: root, files });
      try {
        const [{ pid }, outside] = await Promise.all([
          keeping.ask("boot", {}),
          keeping.ask("peer", { name: `outside-${name}` }),
        ]);
        const host = new QuickHost({
          name,
          identityFile: image.identity,
          dir,
          keeping,
          pid,
          outside: new Peer("outside", outside.pid),
        });
        await host.#introduce(hostKey);
        await host.#settled();
        return host;
      } catch (error) {
        await keeping.stop();
        throw error;
      }
    } catch (error) {
      await rm(dir, { recursive: true, force: true });
      throw error;
    }
  }

  /** Its file system as this machine's root sees it, until it is rebooted. */
  get root(): string {
    return `/proc/${this.#pid}/root`;
  }

  /** Runs a shell command as root in the host, not over SSH. @throws if it fails, unless `mayFail`. */
  exec(command: string, options?: EnterOptions): Promise<Said> {
    return enter(this.#pid, command, options);
  }

  /** Runs a command over SSH as a user of the image: root, ops, pat or odd. @throws what ssh said if it fails. */
  async ssh(user: string, command: string): Promise<string> {
    return (await execa("ssh", ["-F", this.sshConfig, "-l", user, this.name, command], { timeout: 60_000 })).stdout;
  }

  /** Plugs a guest in. @throws if the bridge is not there. */
  async guest({ name, mac = madeUpMac(name), bridge, port }: GuestOptions): Promise<Guest> {
    const args: PeerArgs = { name, mac };
    if (bridge !== undefined) args.bridge = bridge;
    if (port !== undefined) args.port = port;
    const made = await this.#keeping.ask("peer", args);
    return new Guest({ name, mac, ...made, unplug: () => this.#keeping.ask("unplug", { pid: made.pid }) });
  }

  /** Processor time that all of its processes have taken since it was started, in milliseconds. */
  async processorMs(): Promise<number> {
    const { stdout } = await this.exec("cat /sys/fs/cgroup/cpu.stat");
    return Number(/^usage_usec (\d+)$/m.exec(stdout)?.[1]) / 1000;
  }

  /** The state of the host, without what no one can restore (see `snapshot-exceptions.ts`); quicker when it need not be the whole. */
  snapshot(whole = true): Promise<Snapshot> {
    return takeSnapshot((command) => this.exec(command), whole);
  }

  /** Waits while the kernel looks for twins of its IPv6 addresses (RFC 4862): it neither answers nor routes for one until then. */
  async addressesUsable(): Promise<void> {
    // Without a carrier, as of a bridge without guests, it does not begin to.
    const carried = '[ "$(cat $link/carrier)" != 1 ] || ip -6 addr show dev ${link##*/} tentative';
    const looking = `for link in /sys/class/net/*; do ${carried}; done 2> /dev/null | grep -q inet6`;
    await this.exec(`timeout 5 sh -c 'while ${looking}; do sleep 0.1; done' || :`);
  }

  /** Has its systemd reboot it in order, and waits. The guests end. */
  async reboot(): Promise<void> {
    await this.exec("systemctl reboot", { mayFail: true });
    await this.rebooted();
  }

  /** Waits for a reboot that something else has asked for. */
  async rebooted(): Promise<void> {
    const { pid } = await this.#keeping.ask("rebooted", { after: this.#pid });
    this.#pid = pid;
    await this.#settled();
  }

  /** Kills all that runs in it at once; the disk stays as it is then. It stays down until `powerOn`. The guests end. */
  async powerCut(): Promise<void> {
    await this.#keeping.ask("powerCut", {});
  }

  /** Fills its disk to the last page (ENOSPC, as root too), or makes room again. `/run` and other mounts are not of the disk. */
  async fillDisk(full: boolean): Promise<void> {
    await this.#keeping.ask("disk", { full });
  }

  /** Boots it after `powerCut` or after it was shut down. */
  async powerOn(): Promise<void> {
    const { pid } = await this.#keeping.ask("boot", {});
    this.#pid = pid;
    await this.#settled();
  }

  /** Ends it. Nothing of it is left. */
  async stop(): Promise<void> {
    await this.#keeping.stop();
    await rm(this.#dir, { recursive: true, force: true });
  }

  async #introduce(hostKey: string): Promise<void> {
    await writeFile(this.knownHosts, `[${this.address}]:${this.port} ${hostKey}\n`);
    const lines = [
      `Host ${this.name}`,
      `  HostName ${this.address}`,
      `  Port ${this.port}`,
      `  IdentityFile ${this.identityFile}`,
      "  IdentitiesOnly yes",
      `  UserKnownHostsFile ${this.knownHosts}`,
      "  StrictHostKeyChecking yes",
      "  User root",
    ];
    await writeFile(this.sshConfig, `${lines.join("\n")}\n`);
  }

  /** Waits for the end of the boot: sshd answers before, and units that start later would change a snapshot. */
  async #settled(): Promise<void> {
    const online = "/lib/systemd/systemd-networkd-wait-online --interface=eth0 --timeout=5";
    await this.exec(`systemctl is-system-running --wait; ${online}`, { mayFail: true });
    await this.addressesUsable();
  }
}

/** A hardware address in QEMU's range, the same for the same name. */
function madeUpMac(name: string): string {
  let hash = 0;
  for (const char of name) hash = (hash * 31 + char.charCodeAt(0)) & 0xffffff;
  return `52:54:00:${(hash.toString(16).padStart(6, "0").match(/../g) ?? []).join(":")}`;
}
