/** What a machine must allow for quick hosts. */
import { execa } from "execa";

const PROGRAMS = {
  unshare: "util-linux",
  nsenter: "util-linux",
  setpriv: "util-linux",
  ip: "iproute2",
  "ssh-keygen": "openssh-client",
};

let known: Promise<string | undefined> | undefined;

/** @throws an error that says what is missing and how to get it. */
export async function checkRights(): Promise<void> {
  known ??= whatIsMissing();
  const missing = await known;
  if (missing) throw new Error(`No quick hosts here: ${missing}`);
}

/** Why no quick host can run on this machine; undefined if one can. */
export async function whatIsMissing(): Promise<string | undefined> {
  if (process.platform !== "linux") return "they are made of Linux namespaces.";
  if (process.getuid?.() !== 0) return "mounts, namespaces and cgroups need root: run this with sudo.";
  for (const [program, debian] of Object.entries(PROGRAMS)) {
    const { failed } = await execa("sh", ["-c", `command -v ${program}`], { reject: false });
    if (failed) return `${program} is missing (Debian package ${debian}).`;
  }
  // One try of all that a container without enough rights, or an odd kernel, refuses.
  const trial =
    "mount -t tmpfs t /mnt && mkdir /mnt/c && mount -t cgroup2 c /mnt/c && mkdir /mnt/u /mnt/w /mnt/r && " +
    "mount -t overlay -o lowerdir=/etc,upperdir=/mnt/u,workdir=/mnt/w o /mnt/r && ip link add trial0 type veth peer name trial1 && " +
    "rmdir $(mktemp -d /mnt/c/kvmnet-trial-XXXXXX)";
  const { failed, stderr } = await execa(
    "unshare",
    ["--mount", "--net", "--pid", "--fork", "--cgroup", "sh", "-c", trial],
    { reject: false },
  );
  return failed ? `this kernel or container does not allow what they need: ${stderr.trim()}` : undefined;
}
