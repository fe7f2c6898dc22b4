/** What makes hosts that go on from the same kept boot differ. */
import { createHash, randomBytes } from "node:crypto";
import { dirname, join } from "node:path";
import { monitorOf } from "./machine.ts";
import { Monitor } from "./monitor.ts";
import { ssh } from "./ssh.ts";

/** Sets clock, host name and machine-id, and stirs the random numbers: all came with the kept memory. */
export async function personalise(dir: string, name: string): Promise<void> {
  const machine = createHash("sha256").update(`kvmnet-lab ${name}`).digest("hex").slice(0, 32);
  // journalctl reads the directory of the current machine-id, journald writes to the one of its start.
  const script = `set -e
date -u -s @${(Date.now() / 1000).toFixed(3)} > /dev/null
echo ${randomBytes(32).toString("hex")} > /dev/urandom
if [ "$(cat /etc/machine-id)" != ${machine} ]; then
  hostname ${name}
  echo ${name} > /etc/hostname
  sed -i 's/^127\\.0\\.1\\.1 .*/127.0.1.1 ${name}/' /etc/hosts
  echo ${machine} > /etc/machine-id
  systemctl restart systemd-journald
fi
sync`;
  await ssh(dir, "sh -s", { input: script });
}

/**
 * Plugs in the second NIC and wires it to that of the host `peer`. It cannot be part of the kept boot, or all hosts
 * would have its address.
 */
export async function plugLan(dir: string, name: string, peer: string): Promise<void> {
  const digest = createHash("sha256").update(name).digest();
  const mac = ["52:54:00", ...[...digest.subarray(0, 3)].map((byte) => byte.toString(16).padStart(2, "0"))].join(":");
  const end = (host: string) => ({ type: "unix", path: join(dirname(dir), host, "lan") });
  await Monitor.use(monitorOf(dir), async (monitor) => {
    // Datagrams: either end may come and go while the other runs.
    await monitor.command("netdev_add", { type: "dgram", id: "lan", local: end(name), remote: end(peer) });
    await monitor.command("device_add", { driver: "virtio-net-pci", id: "lan", netdev: "lan", mac, addr: "8" });
  });
  await ssh(dir, "for i in $(seq 100); do [ -e /sys/class/net/ens8 ] && exit; sleep 0.1; done; ip link; exit 1");
}
