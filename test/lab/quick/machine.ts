/** The host itself, as its keeper sees it: a disk that stays, and boots that come and go. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { type Orders, UPLINK } from "./protocol.ts";
import { type Init, killInit, pause, run, startInit } from "./run.ts";

const BOOT_SCRIPT = join(import.meta.dirname, "boot.sh");

/** How long a boot may take, in milliseconds: it is under a second, but dozens may boot at once. */
const BOOT_MS = 60_000;

/** One host. */
export class Machine {
  /** Called when the host is down, before it may boot again: its guests end then too. */
  onDown: () => Promise<void> = async () => {};
  readonly #root: string;
  readonly #cgroup: string;
  #init: Init | undefined;
  #booting: Promise<{ pid: number }> | undefined;

  constructor(orders: Orders, cgroup: string) {
    const { dir } = orders;
    for (const part of ["upper", "work", "root"]) mkdirSync(join(dir, part));
    this.#root = join(dir, "root");
    this.#cgroup = cgroup;
    const layers = `lowerdir=${orders.image},upperdir=${join(dir, "upper")},workdir=${join(dir, "work")}`;
    run("mount", "-t", "overlay", "-o", layers, "kvmnet-quick", this.#root);
    for (const [path, { content, mode }] of Object.entries(orders.files)) {
      mkdirSync(dirname(join(this.#root, path)), { recursive: true });
      writeFileSync(join(this.#root, path), content);
      chmodSync(join(this.#root, path), mode ?? 0o644);
    }
  }

  /** The pid of its systemd as the machine sees it. @throws if it is down. */
  get pid(): number {
    if (!this.#init) throw new Error("the host is down");
    return this.#init.pid;
  }

  /** Boots it unless it runs, and waits until sshd answers. */
  boot(): Promise<{ pid: number }> {
    this.#booting ??= this.#boot();
    return this.#booting;
  }

  /** Waits for a boot other than that of the given pid. */
  async rebooted(after: number): Promise<{ pid: number }> {
    const deadline = Date.now() + BOOT_MS;
    while (!this.#booting || this.#init?.pid === after) {
      if (Date.now() > deadline) throw new Error("the host did not reboot");
      await pause(20);
    }
    return this.#booting;
  }

  /** Takes its power away. */
  async kill(): Promise<void> {
    const init = this.#init;
    if (!init) return;
    await killInit(init);
    while (this.#init === init) await pause(5);
  }

  async #boot(): Promise<{ pid: number }> {
    const init = await startInit(["--net"], BOOT_SCRIPT, this.#root, this.#cgroup, String(process.pid));
    this.#init = init;
    void init.ended.then((signal) => this.#down(signal));
    plugUplink();
    for (const deadline = Date.now() + BOOT_MS; !(await answers()); await pause(20)) {
      if (this.#init !== init) throw new Error("the host went down while it booted");
      if (Date.now() > deadline) throw new Error(`no SSH on the host after ${BOOT_MS / 1000} s`);
    }
    return { pid: init.pid };
  }

  async #down(signal: NodeJS.Signals | null): Promise<void> {
    await this.onDown();
    unplugUplink();
    this.#init = undefined;
    this.#booting = undefined;
    if (signal === "SIGHUP") void this.boot().catch(() => {});
  }
}

/** Gives the outside its end of the uplink, which is new at each boot. */
function plugUplink(): void {
  const { ipv4, ipv6 } = UPLINK;
  run("ip", "addr", "add", `${ipv4.gateway}/${ipv4.prefix}`, "dev", "uplink");
  run("ip", "addr", "add", `${ipv6.gateway}/${ipv6.prefix}`, "dev", "uplink", "nodad");
  run("ip", "link", "set", "uplink", "up");
}

/** The kernel removes links of a namespace that ended some time later, but the next boot wants the name now. */
function unplugUplink(): void {
  spawnSync("ip", ["link", "delete", "uplink"]);
}

/** Whether an SSH server greets; while the host's interface is down a connection would wait a second for ARP. */
function answers(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: UPLINK.ipv4.address, port: 22, timeout: 200 });
    const end = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.once("data", (data) => end(data.toString().startsWith("SSH-")));
    socket.once("timeout", () => end(false)).once("error", () => end(false));
  });
}
