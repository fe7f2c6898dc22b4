/** A real sshd, the lab image's, on 127.0.0.1: its files are a layer of its own, and this machine needs none. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { freePort } from "../../lab/free-port.ts";
import { debianImage } from "../../lab/image/image.ts";

export interface SshdOptions {
  /** More lines of sshd_config; they come first, so they win. */
  readonly config?: string;
  /** Types of its host keys; ed25519 if unset. */
  readonly keys?: readonly string[];
  /** Password of the user; none if unset. */
  readonly password?: string;
  readonly port?: number;
}

export class Sshd {
  readonly port: number;
  readonly dir: string;
  readonly user = userInfo().username;
  /** A private key that may log in. */
  readonly identity: string;
  #process: ReturnType<typeof spawn> | undefined;

  private constructor(dir: string, port: number) {
    this.dir = dir;
    this.port = port;
    this.identity = join(dir, "id");
  }

  static async start(options: SshdOptions = {}): Promise<Sshd> {
    const dir = await mkdtemp(join(tmpdir(), "kvmnet-sshd-"));
    const sshd = new Sshd(dir, options.port ?? (await freePort()));
    await makeKey(sshd.identity);
    await writeFile(join(dir, "authorized_keys"), await readFile(`${sshd.identity}.pub`, "utf8"), { mode: 0o600 });
    const keys = options.keys ?? ["ed25519"];
    for (const type of keys) await makeKey(join(dir, `host_${type}`), { type });
    const lines = [
      options.config ?? "",
      ...keys.map((type) => `HostKey ${join(dir, `host_${type}`)}`),
      `ListenAddress 127.0.0.1:${sshd.port}`,
      `AuthorizedKeysFile ${join(dir, "authorized_keys")}`,
      "PidFile none",
      "StrictModes no",
      "UsePAM no",
      "PermitRootLogin yes",
      `PasswordAuthentication ${options.password ? "yes" : "no"}`,
      "KbdInteractiveAuthentication no",
    ];
    await writeFile(join(dir, "sshd_config"), `${lines.join("\n")}\n`);
    if (options.password) await sshd.#shadow(options.password);
    await sshd.run();
    return sshd;
  }

  /** Starts it (again). Its mounts are its own: /run, and the user's password. */
  async run(): Promise<void> {
    const { root } = await debianImage("bookworm");
    const script = `set -e
      mount -t tmpfs tmpfs /mnt && mkdir /mnt/upper /mnt/work /mnt/root
      mount -t overlay -o lowerdir=${root},upperdir=/mnt/upper,workdir=/mnt/work overlay /mnt/root && cd /mnt/root
      mount --rbind /dev dev && mount -t proc proc proc && mount -t tmpfs -o mode=755 tmpfs run && mkdir -m 755 run/sshd
      mkdir -p .${this.dir} && mount --bind ${this.dir} .${this.dir}
      [ ! -e ${this.dir}/shadow ] || cp ${this.dir}/shadow etc/shadow
      exec chroot . /usr/sbin/sshd -D -e -f ${this.dir}/sshd_config`;
    this.#process = spawn(script);
    this.#process.all.on("data", (chunk: Buffer) => {
      this.log += chunk;
    });
    for (let tries = 0; tries < 100; tries++) {
      if (await listens(this.port)) return;
      await sleep(50);
    }
    throw new Error(`sshd does not start: ${this.log}`);
  }

  /** What sshd logged. */
  log = "";

  /** Its public host key, as in known_hosts. */
  async hostKey(type = "ed25519"): Promise<string> {
    const text = await readFile(join(this.dir, `host_${type}.pub`), "utf8");
    return text.split(" ").slice(0, 2).join(" ");
  }

  /** Its line of known_hosts, for itself or for what stands before it. */
  async knownHosts(port = this.port, type = "ed25519"): Promise<string> {
    return `[127.0.0.1]:${port} ${await this.hostKey(type)}\n`;
  }

  /** Ends it but not the sessions that it has begun. */
  async stop(): Promise<void> {
    this.#process?.kill();
    await this.#process;
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.dir, { recursive: true, force: true });
  }

  async #shadow(password: string): Promise<void> {
    const { stdout } = await execa("openssl", ["passwd", "-6", "-stdin"], { input: password });
    const { root } = await debianImage("bookworm");
    const shadow = await readFile(join(root, "etc", "shadow"), "utf8");
    const mine = shadow.replace(new RegExp(`^${this.user}:[^:]*:`, "m"), `${this.user}:${stdout.trim()}:`);
    await writeFile(join(this.dir, "shadow"), mine, { mode: 0o600 });
  }
}

function spawn(script: string) {
  return execa("unshare", ["-m", "sh", "-c", script], { reject: false, all: true, buffer: false });
}

/** Makes a key pair. */
export async function makeKey(file: string, options: { type?: string; password?: string } = {}): Promise<void> {
  const { type = "ed25519", password = "" } = options;
  await execa("ssh-keygen", ["-q", "-t", type, "-N", password, "-C", "test", "-f", file]);
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
