import { existsSync } from "node:fs";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lxcGuest, pausedQemuGuest } from "./guests.ts";
import { LabHost, OUTSIDE_TEXT, OUTSIDE_URL } from "./host.ts";

describe("a lab host", () => {
  let host: LabHost;
  let pid: number;

  beforeAll(async () => {
    host = await LabHost.start({ name: `test-${process.pid}` });
    pid = Number((await execa("cat", [`${host.dir}/pid`])).stdout);
  });
  afterAll(async () => {
    await host?.stop();
    if (host) expect(existsSync(host.dir)).toBe(false);
    expect(existsSync(`/proc/${pid}`)).toBe(false);
  });

  test("has a name and a machine-id of its own, and the time", async () => {
    const { stdout } = await host.ssh("hostname; cat /etc/machine-id; date +%s");
    const [name, machine, time] = stdout.split("\n");
    expect(name).toBe(host.name);
    expect(machine).toMatch(/^[0-9a-f]{32}$/);
    expect(Math.abs(Number(time) * 1000 - Date.now())).toBeLessThan(10_000);
  });

  test("lets each account in through its ssh_config, with the sudo it is meant to have", async () => {
    const run = (user: string, command: string) =>
      execa("ssh", ["-F", host.sshConfig, `${host.name}-${user}`, command], { reject: false });
    expect((await run("ops", "sudo -n id -u")).stdout).toBe("0");
    expect((await run("odd", "sudo -n id -u; echo $shell")).stdout).toContain("0\n/bin/tcsh");
    const pat = await run("pat", "sudo -n true");
    expect(pat.stdout).toContain("Welcome");
    expect(pat.exitCode).toBe(1);
    expect((await run("pat", "echo lab-secret-pw | sudo -S id -u 2>&1")).stdout).toContain("0");
  });

  test("can make dummies, bridges and nftables, and runs libvirt with no network of its own", async () => {
    await host.ssh(`set -e
      ip link add d0 type dummy; ip link add br0 type bridge; ip link set d0 master br0 up; ip link set br0 up
      nft 'add table inet t; add chain inet t c { type nat hook postrouting priority 100; }; delete table inet t'
      ip link del d0; ip link del br0`);
    expect((await host.ssh("virsh -q -c qemu:///system list --all; virsh -q -c lxc:///system list --all")).stdout).toBe(
      "",
    );
    expect((await host.ssh("virsh -q net-list")).stdout).toBe("");
    expect((await host.ssh("nft list ruleset")).stdout).toBe("");
  });

  test("reaches nothing but the outside it is given", async () => {
    expect((await host.ssh(`curl -sS -m 20 ${OUTSIDE_URL}`)).stdout).toBe(OUTSIDE_TEXT);
    expect((await host.ssh("curl -sS -m 3 http://10.0.2.2/", { check: false })).exitCode).not.toBe(0);
  });

  test("runs a guest that gets a NIC while it runs, and a paused one that takes and gives back a NIC", async () => {
    await host.ssh(`set -e
      ip link add br0 type bridge; ip addr add 192.168.77.1/24 dev br0; ip link set br0 up
      dnsmasq --interface=br0 --bind-dynamic --port=0 --dhcp-range=192.168.77.50,192.168.77.60 --pid-file=/run/lab-dnsmasq.pid
    `);
    const guest = await lxcGuest(host, { name: "web", autostart: false });
    expect((await guest.run("ip -o link")).stdout).not.toContain("ens3");
    const nic = `cat > /tmp/nic.xml <<END
<interface type='bridge'><mac address='52:54:00:aa:00:01'/><source bridge='br0'/><model type='virtio'/></interface>
END`;
    await host.ssh(`${nic}\nvirsh -q -c ${guest.uri} attach-device web /tmp/nic.xml --live`);
    const address = await guest.address();
    expect(address).toMatch(/^192\.168\.77\./);
    expect((await host.ssh(`curl -sS -m 20 http://${address}/`)).stdout).toBe(guest.text);
    await pausedQemuGuest(host, "idle");
    const virsh = "virsh -q -c qemu:///system";
    await host.ssh(`${virsh} attach-device idle /tmp/nic.xml --live --config`);
    expect((await host.ssh(`${virsh} domiflist idle`)).stdout).toContain("52:54:00:aa:00:01");
    await host.ssh(`${virsh} detach-device idle /tmp/nic.xml --live --config`);
    expect((await host.ssh(`${virsh} domiflist idle`)).stdout).not.toContain("52:54:00:aa:00:01");
    await guest.remove();
    await host.ssh(`${virsh} destroy idle; ${virsh} undefine idle; ip link del br0; kill $(cat /run/lab-dnsmasq.pid)`);
  });

  test("goes back to what was saved", async () => {
    await host.savevm("before");
    await host.ssh("touch /root/after; ip link add gone type dummy");
    await host.loadvm("before");
    expect((await host.ssh("ls /root/after; ip link show gone", { check: false })).stdout).toBe("");
  });

  test("keeps its disk over a reboot, and what was synced over a power cut", async () => {
    await host.ssh("touch /root/kept");
    await host.reboot();
    await host.ssh("test -e /root/kept; touch /root/synced; sync");
    await host.powerCut();
    await host.ssh("test -e /root/synced");
    expect((await host.ssh("hostname")).stdout).toBe(host.name);
  });
});

test("two lab hosts are on one LAN", async () => {
  const [one, two] = [`left-${process.pid}`, `right-${process.pid}`];
  const left = await LabHost.start({ name: one, lan: two });
  const right = await LabHost.start({ name: two, lan: one });
  try {
    await left.ssh("ip addr add 10.9.0.1/24 dev ens8; ip link set ens8 up");
    await right.ssh("ip addr add 10.9.0.2/24 dev ens8; ip link set ens8 up; ping -c 3 -i 0.3 10.9.0.1");
    expect((await left.ssh("cat /etc/machine-id")).stdout).not.toBe((await right.ssh("cat /etc/machine-id")).stdout);
    await expect(LabHost.start({ name: one })).rejects.toThrow("is running");
  } finally {
    await Promise.all([left.stop(), right.stop()]);
  }
});
