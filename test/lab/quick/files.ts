/** The files that make a host of the image: its name, its identity, its uplink, and what a container must not do. */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { type Orders, UPLINK } from "./protocol.ts";

/** One file of a host. */
export interface HostFile {
  content: string;
  mode?: number;
}

/** Files for the host, and its public host key. */
export interface HostFiles {
  files: Orders["files"];
  hostKey: string;
}

/** Makes up the files of a host; `dir` is for scratch. */
export async function hostFiles(wanted: {
  name: string;
  dir: string;
  more: Record<string, string | HostFile>;
}): Promise<HostFiles> {
  const { name, dir, more } = wanted;
  const key = join(dir, "host_key");
  await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", key]);
  const hostKey = (await readFile(`${key}.pub`, "utf8")).trim();
  const files: Orders["files"] = {
    "/etc/hostname": { content: `${name}\n` },
    "/etc/hosts": { content: `127.0.0.1 localhost\n127.0.1.1 ${name}\n::1 localhost\n` },
    "/etc/machine-id": { content: `${randomBytes(16).toString("hex")}\n`, mode: 0o444 },
    "/etc/fstab": { content: "" },
    "/etc/resolv.conf": { content: `nameserver ${UPLINK.ipv4.gateway}\noptions timeout:1 attempts:1\n` },
    "/etc/ssh/ssh_host_ed25519_key": { content: await readFile(key, "utf8"), mode: 0o600 },
    "/etc/ssh/ssh_host_ed25519_key.pub": { content: `${hostKey}\n` },
    "/etc/systemd/network/10-uplink.network": { content: uplinkNetwork() },
    // The second that the kernel takes to look for a twin would be most of a boot. Not networkd's matter: which file it reads
    // for the interface changes with what a test makes of it.
    "/etc/sysctl.d/50-uplink.conf": { content: "net.ipv6.conf.eth0.dad_transmits = 0\n" },
    // A trigger for all devices would start events in every other host on this kernel, and for devices that are not theirs.
    "/etc/systemd/system/systemd-udev-trigger.service.d/quick.conf": {
      content: "[Service]\nExecStart=\nExecStart=udevadm trigger --action=add --subsystem-match=net\n",
    },
    "/etc/systemd/journald.conf.d/quick.conf": {
      content: "[Journal]\nSystemMaxUse=16M\nRuntimeMaxUse=16M\nReadKMsg=no\n",
    },
  };
  // There is no console that a getty could open.
  files["/etc/systemd/system/console-getty.service.d/quick.conf"] = {
    content: "[Unit]\nConditionPathExists=/dev/tty0\n",
  };
  for (const [path, file] of Object.entries(more)) files[path] = typeof file === "string" ? { content: file } : file;
  return { files, hostKey: hostKey.split(" ").slice(0, 2).join(" ") };
}

function uplinkNetwork(): string {
  const { ipv4, ipv6 } = UPLINK;
  const lines = [
    "[Match]",
    "Name=eth0",
    "",
    "[Network]",
    // Nobody advertises anything here, and the link would stay "configuring" until somebody does.
    "IPv6AcceptRA=no",
    `Address=${ipv4.address}/${ipv4.prefix}`,
    `Gateway=${ipv4.gateway}`,
    `Address=${ipv6.address}/${ipv6.prefix}`,
    `Gateway=${ipv6.gateway}`,
  ];
  return `${lines.join("\n")}\n`;
}
