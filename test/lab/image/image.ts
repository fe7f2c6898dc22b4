/** The lab host's image: a Debian root made into a hypervisor host, as a disk and as a plain directory. */
import { createHash } from "node:crypto";
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { ensurePrograms, rootPrefix } from "../apt.ts";
import { buildOnce } from "../cache.ts";
import { type Note, step } from "../progress.ts";
import { debianMirror } from "./mirror.ts";

export type Suite = "bookworm" | "trixie";

/** What a built image consists of; all paths are in the cache and must not be written to. */
export interface Image {
  suite: Suite;
  /** Names this build of the image, for things made from it. */
  key: string;
  /** The root file system as a directory, owned by root: for containers, as the lower layer of an overlay. */
  root: string;
  /** The root file system as a qcow2 disk, for backing overlays. */
  disk: string;
  kernel: string;
  initrd: string;
  /** Private key that may log in as root, ops, pat and odd. */
  identity: string;
  /** Public keys of the image's sshd, one per line as in known_hosts, without the host. */
  hostKeys: string;
}

/** Debian packages of the host; libpam-systemd must be named, or polkitd and libvirt fail to configure. */
const PACKAGES = [
  ..."systemd systemd-sysv udev kmod dbus libpam-systemd polkitd linux-image-amd64 initramfs-tools".split(" "),
  ..."openssh-server sudo tcsh procps ca-certificates curl".split(" "),
  ..."iproute2 iputils-ping tcpdump nftables iptables conntrack dnsmasq-base".split(" "),
  ..."libvirt-daemon-system libvirt-clients libvirt-daemon-driver-lxc libvirt-daemon-driver-qemu".split(" "),
  ..."qemu-system-x86 busybox-static".split(" "),
];

const CONFIGURE = fileURLToPath(new URL("configure.sh", import.meta.url));
const DISK_SIZE = "8G";
const HOST_KEYS = "host-keys";

/**
 * The image of `suite`, built on first use: about 2 minutes and 1.7 GB for a new one.
 * @throws if a program is missing and cannot be installed, without root, or if the packages cannot be fetched.
 */
export async function debianImage(suite: Suite): Promise<Image> {
  const recipe = [PACKAGES.join(), DISK_SIZE, await readFile(CONFIGURE, "utf8")].join("\n");
  const hash = createHash("sha256").update(recipe).digest("hex").slice(0, 10);
  const key = `${suite}-${hash}`;
  const dir = await buildOnce(`image/${key}`, (scratch) =>
    step(`image of a ${suite} host`, (note) => build(suite, scratch, note)),
  );
  return {
    suite,
    key,
    root: join(dir, "root"),
    disk: join(dir, "disk.qcow2"),
    kernel: join(dir, "vmlinuz"),
    initrd: join(dir, "initrd.img"),
    identity: join(dir, "identity"),
    hostKeys: await readFile(join(dir, HOST_KEYS), "utf8"),
  };
}

async function build(suite: Suite, dir: string, note: Note): Promise<void> {
  await ensurePrograms({
    debootstrap: "debootstrap",
    mke2fs: "e2fsprogs",
    "qemu-img": "qemu-utils",
    "ssh-keygen": "openssh-client",
  });
  const prefix = await rootPrefix();
  if (!prefix) throw new Error("building an image needs root, or sudo that asks for no password (debootstrap)");
  const root = join(dir, "root");
  try {
    await bootstrap({ suite, root, prefix, note });
    note("configuring");
    const identity = join(dir, "identity");
    await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", identity]);
    const key = (await readFile(`${identity}.pub`, "utf8")).trim();
    await asRoot(prefix, ["chroot", root, "/bin/sh", "-s", key], CONFIGURE);
    await copyFile(join(root, "vmlinuz"), join(dir, "vmlinuz"));
    await copyFile(join(root, "initrd.img"), join(dir, "initrd.img"));
    await collectHostKeys(root, join(dir, HOST_KEYS));
    note("writing the disk");
    await writeDisk(prefix, dir);
  } catch (error) {
    // Without root the cache could not remove what debootstrap left.
    await asRoot(prefix, ["rm", "-rf", "--one-file-system", root]);
    throw error;
  }
}

async function bootstrap(options: { suite: Suite; root: string; prefix: string[]; note: Note }): Promise<void> {
  const { suite, root, prefix, note } = options;
  const update = () => asRoot(prefix, ["apt-get", "update"]);
  const mirror = await debianMirror(suite, update);
  await mkdir(root);
  const proxy = mirror.proxy ? [`http_proxy=${mirror.proxy}`] : [];
  const include = `--include=${PACKAGES.join(",")}`;
  const command = ["debootstrap", "--variant=minbase", "--merged-usr", include, suite, root, mirror.url];
  const [program, ...args] = [...prefix, "env", "LC_ALL=C", ...proxy, ...command] as [string, ...string[]];
  const child = execa(program, args, { all: true, stdin: "ignore" });
  let count = 0;
  for await (const line of child.iterable({ from: "all" })) {
    const verb = /^I: (Retrieving|Extracting|Unpacking|Configuring) /.exec(line)?.[1];
    if (verb) note(`${verb.toLowerCase()} packages, step ${++count}`);
  }
  await child;
}

async function collectHostKeys(root: string, file: string): Promise<void> {
  const place = join(root, "etc", "ssh");
  const names = (await readdir(place)).filter((name) => /^ssh_host_.*\.pub$/.test(name));
  const keys = await Promise.all(names.map((name) => readFile(join(place, name), "utf8")));
  const text = keys.map((line) => line.split(" ").slice(0, 2).join(" ").trim()).join("\n");
  await writeFile(file, `${text}\n`);
}

/** mke2fs fills a file system from a directory by itself: no mount, no loop device. */
async function writeDisk(prefix: string[], dir: string): Promise<void> {
  const raw = join(dir, "disk.raw");
  const disk = join(dir, "disk.qcow2");
  await asRoot(prefix, ["mke2fs", "-q", "-t", "ext4", "-E", "nodiscard", "-d", join(dir, "root"), raw, DISK_SIZE]);
  await asRoot(prefix, ["qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw, disk]);
  await asRoot(prefix, ["chmod", "0444", disk]);
  await rm(raw, { force: true });
}

/** Runs a command as root; `inputFile` is its standard input. */
async function asRoot(prefix: string[], command: string[], inputFile = "/dev/null"): Promise<void> {
  const [program, ...args] = [...prefix, ...command] as [string, ...string[]];
  await execa(program, args, { inputFile, env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin` } });
}
