/** The quick hosts themselves: what the product's tests rely on. */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { descendants } from "../engine/processes.ts";
import { differences, QuickHost, startPausedDomain } from "./index.ts";
import { prefixOf } from "./scratch.ts";

const BRIDGE = {
  "20-br.netdev":
    "[NetDev]\nName=br-lab\nKind=bridge\nMACAddress=52:54:00:aa:00:01\n[Bridge]\nSTP=no\nForwardDelaySec=0\n",
  "20-br.network":
    "[Match]\nName=br-lab\n[Network]\nAddress=10.20.0.1/24\nConfigureWithoutCarrier=yes\nIPForward=yes\nIPv6DuplicateAddressDetection=0\n",
};
const NFT = `table inet lab {
  map forwards { type inet_proto . inet_service : ipv4_addr . inet_service; elements = { tcp . 8080 : 10.20.0.50 . 80 }; }
  chain pre { type nat hook prerouting priority dstnat; fib daddr type local dnat ip to meta l4proto . th dport map @forwards; }
  chain post { type nat hook postrouting priority srcnat; ip saddr 10.20.0.0/24 ip daddr != 10.20.0.0/24 masquerade; }
}`;
const DNSMASQ = `[Service]
ExecStart=/usr/sbin/dnsmasq --keep-in-foreground --conf-file=/dev/null --interface=br-lab --bind-interfaces --except-interface=lo \\
  --dhcp-range=10.20.0.100,10.20.0.200 --dhcp-host=52:54:00:00:00:50,10.20.0.50,web --domain=lab.test --no-resolv --pid-file= --dhcp-leasefile=/run/lab.leases
`;

describe("a quick host", () => {
  let host: QuickHost;
  /** When somebody last changed owner or mode of this machine's /dev/null. */
  const touched = statSync("/dev/null").ctimeMs;
  beforeAll(async () => {
    host = await QuickHost.start({ name: "quick-a" });
  }, 300_000);
  afterAll(() => host?.stop());

  test("boots a systemd without failed units, and udev knows its links", async () => {
    expect((await host.exec("systemctl is-system-running", { mayFail: true })).stdout).toBe("running");
    expect((await host.exec("cat /proc/1/comm; hostname; networkctl --no-legend list eth0")).stdout).toMatch(
      /^systemd\nquick-a\n.*eth0 +ether +routable +configured$/,
    );
    expect((await host.exec("udevadm info /sys/class/net/eth0")).stdout).toContain("E: ID_NET_LINK_FILE=");
  });

  test("lets each user in over SSH, from the outside's address", async () => {
    expect(await host.ssh("root", "echo $SSH_CONNECTION")).toContain(`${host.uplink.ipv4.gateway} `);
    expect(await host.ssh("ops", "sudo -n id -un")).toBe("root");
    expect(await host.ssh("pat", "echo lab-secret-pw | sudo -S -p '' id -un")).toMatch(/^Welcome(.|\n)*\nroot$/);
    expect(await host.ssh("odd", "echo $version")).toContain("tcsh");
  });

  test("has its host key checked", async () => {
    const checked = execFileSync("ssh-keygen", ["-F", `[127.0.0.1]:${host.port}`, "-f", host.knownHosts], {
      encoding: "utf8",
    });
    expect(checked).toContain((await host.exec("cut -d' ' -f2 /etc/ssh/ssh_host_ed25519_key.pub")).stdout);
  });

  test("runs transient units and timers of one second's accuracy", async () => {
    expect((await host.exec("systemd-run --pipe --wait --quiet echo hello")).stdout).toBe("hello");
    await host.exec("systemd-run --on-active=1 --timer-property=AccuracySec=100ms --unit=later touch /run/later");
    await expect
      .poll(() => host.exec("test -e /run/later && echo yes", { mayFail: true }).then((said) => said.stdout), {
        timeout: 5_000,
      })
      .toBe("yes");
    await host.exec("rm /run/later; systemctl daemon-reload");
  });

  test("cannot change the machine that it runs on", async () => {
    // Looked at, not tried: a hole here would be the machine's damage.
    const bounds = "grep CapBnd /proc/self/status; test -w /proc/sys/kernel/panic || echo read-only";
    for (const said of [(await host.exec(bounds)).stdout, await host.ssh("root", bounds)]) {
      const set = BigInt(`0x${/CapBnd:\s*(\w+)/.exec(said)?.[1]}`);
      const [module, rawio, time] = [16n, 17n, 25n].map((bit) => (set >> bit) & 1n);
      expect({ module, rawio, time }).toEqual({ module: 0n, rawio: 0n, time: 0n });
      expect(said).toContain("read-only");
    }
    expect((await host.exec("ls /dev/vda /dev/sda /dev/mem", { mayFail: true })).stdout).toBe("");
    // Its init and udev have taken its console and devices for their own by now.
    expect(statSync("/dev/null").ctimeMs).toBe(touched);
  });

  test("gives a guest a network: bridge from files, NAT, a forward, DHCP and DNS; and all of it can be taken back", async () => {
    const before = await host.snapshot();
    expect(differences(before, await host.snapshot())).toEqual([]);

    for (const [name, text] of Object.entries(BRIDGE))
      await host.exec(`cat > /etc/systemd/network/${name}`, { input: text });
    await host.exec("networkctl reload");
    await expect
      .poll(() => host.exec("ip -br -4 addr show br-lab", { mayFail: true }).then((said) => said.stdout))
      .toContain("10.20.0.1/24");
    expect((await host.exec("cat /sys/class/net/br-lab/address")).stdout).toBe("52:54:00:aa:00:01");
    await host.exec("nft -f -", { input: NFT });
    await host.exec("cat > /etc/systemd/system/lab-dns.service", { input: DNSMASQ });
    await host.exec("systemctl daemon-reload && systemctl start lab-dns");

    const web = await host.guest({ name: "web", mac: "52:54:00:00:00:50", bridge: "br-lab" });
    const other = await host.guest({ name: "other", bridge: "br-lab" });
    expect([web.port, other.port]).toEqual(["vnet0", "vnet1"]);
    expect(await web.dhcp()).toMatchObject({ ip: "10.20.0.50", router: "10.20.0.1", domain: "lab.test" });
    expect((await other.dhcp()).ip).toMatch(/^10\.20\.0\.1\d\d$/);

    await host.outside.serve();
    expect(await web.fetch("http://198.51.100.1/cgi-bin/who")).toBe("198.51.100.2");
    await web.serve();
    expect(await host.outside.fetch("http://198.51.100.2:8080/cgi-bin/who")).toBe("198.51.100.1");
    expect(await other.fetch("http://web.lab.test/")).toBe("web");
    await web.answer("udp", 5353);
    expect(await other.dial("10.20.0.50", 5353, "udp")).toBe(`${await other.address()} web`);
    await host.outside.answer("tcp", 81);
    expect(await web.dial("198.51.100.1", 81)).toBe("198.51.100.2 outside");
    expect(await other.dial("10.20.0.50", 81)).toBeUndefined();

    await Promise.all([web.unplug(), other.unplug()]);
    await host.exec(
      "systemctl stop lab-dns && rm /etc/systemd/system/lab-dns.service /run/lab.leases && systemctl daemon-reload",
    );
    expect(differences(before, await host.snapshot()).map(({ key }) => key.replace(/:.*/, ""))).toContain("nft");
    await host.exec(
      "nft delete table inet lab; rm /etc/systemd/network/20-br.*; networkctl reload; ip link del br-lab",
    );
    await host.exec("sysctl -q net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0");
    expect(differences(before, await host.snapshot())).toEqual([]);
  });

  test("has a libvirt whose paused QEMU domain takes NICs in and gives them back, live and stored", async () => {
    await host.exec("ip link add br0 type bridge && ip link set br0 up");
    await startPausedDomain(host, { name: "vm1" });
    const nic =
      "<interface type='bridge'><mac address='52:54:00:01:02:03'/><source bridge='br0'/><model type='virtio'/></interface>";
    await host.exec("cat > /tmp/nic.xml", { input: nic });
    const virsh = (words: string) =>
      host.exec(`virsh --quiet --connect qemu:///system ${words}`).then((said) => said.stdout);
    await virsh("attach-device vm1 /tmp/nic.xml --live --config");
    expect(await virsh("domiflist vm1")).toMatch(/vnet\d+ +bridge +br0 +virtio +52:54:00:01:02:03/);
    expect((await host.exec("ls /sys/class/net/br0/brif")).stdout).toMatch(/^vnet\d+$/);
    await virsh("detach-device vm1 /tmp/nic.xml --live --config");
    expect((await virsh("domiflist vm1")) + (await virsh("domiflist vm1 --inactive"))).toBe("");
    expect((await host.exec("ls /sys/class/net/br0/brif")).stdout).toBe("");
    await virsh("destroy vm1");
    await virsh("undefine vm1");
    await host.exec("rm /tmp/nic.xml; ip link delete br0");
  });

  test("reboots, by itself or when asked: /run and guests go, the disk stays", async () => {
    await host.exec("touch /run/gone /root/kept; ip link add br1 type bridge");
    const id = (await host.exec("cat /etc/machine-id /proc/sys/kernel/random/boot_id")).stdout;
    const guest = await host.guest({ name: "g", bridge: "br1" });
    await host.reboot();
    expect((await host.exec("ls /run/gone /root/kept /sys/class/net", { mayFail: true })).stdout).not.toMatch(
      /gone|vnet0|br1/,
    );
    expect((await host.exec("ls /root/kept; cat /etc/machine-id")).stdout).toContain(id.slice(0, 32));
    expect(existsSync(`/proc/${guest.pid}`)).toBe(false);
    await host.ssh("ops", "sudo reboot").catch(() => {});
    await host.rebooted();
    expect(await host.ssh("root", "ls /root/kept; rm /root/kept")).toBe("/root/kept");
  });

  test("loses its power and comes back", async () => {
    await host.exec("touch /root/kept");
    await host.powerCut();
    await expect(host.ssh("root", "true")).rejects.toThrow();
    await host.powerOn();
    expect(await host.ssh("root", "ls /root/kept; rm /root/kept")).toBe("/root/kept");
  });
});

describe("the end of quick hosts", () => {
  test("several start at once, and stop leaves nothing", async () => {
    const links = readdirSync("/sys/class/net");
    const hosts = await Promise.all(Array.from({ length: 4 }, () => QuickHost.start()));
    await Promise.all(hosts.map((host) => host.ssh("root", "true")));
    const [{ port }] = hosts as [QuickHost];
    expect(traces(process.pid).length).toBeGreaterThan(8);
    await Promise.all(hosts.map((host) => host.stop()));
    expect(traces(process.pid)).toEqual([]);
    expect(readdirSync("/sys/class/net")).toEqual(links);
    await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow();
  }, 120_000);

  test.each([
    ["starter", "SIGKILL"],
    ["starter", "SIGINT"],
    ["keeper", "SIGKILL"],
  ] as const)(
    "a %s that dies of %s leaves nothing running",
    async (whose, signal) => {
      const script = `import { QuickHost } from ${JSON.stringify(join(import.meta.dirname, "index.ts"))};
      const host = await QuickHost.start(); await host.exec("ip link add br0 type bridge");
      await host.guest({ name: "g", bridge: "br0" }); console.log("up"); setInterval(() => {}, 1000);`;
      const args = ["--input-type=module-typescript", "-e", script];
      const starter = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
      const lines = createInterface({ input: starter.stdout });
      await new Promise((resolve) => lines.once("line", resolve));
      const below = descendants(starter.pid ?? 0);
      expect(below.length).toBeGreaterThan(10);
      const keeper = below.find(({ command }) => command.includes("keeper.ts"));
      process.kill((whose === "keeper" ? keeper?.pid : starter.pid) ?? 0, signal);
      await expect.poll(() => below.filter(({ pid }) => existsSync(`/proc/${pid}`)), { timeout: 10_000 }).toEqual([]);
      starter.kill("SIGKILL");
      if (whose === "keeper") {
        // Nobody was there to remove the empty directory and the empty cgroup: the next host's start does.
        await new Promise((resolve) => starter.once("close", resolve));
        await (await QuickHost.start()).stop();
      }
      await expect.poll(() => traces(starter.pid), { timeout: 5_000 }).toEqual([]);
    },
    60_000,
  );
});

/** What the hosts of a starter leave on this machine while they run. */
function traces(starter: number | undefined): string[] {
  const prefix = prefixOf(starter);
  const groups = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"].filter(existsSync).flatMap((dir) => readdirSync(dir));
  const processes = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry) && commandLine(entry).includes(prefix));
  const mounts = readFileSync("/proc/mounts", "utf8").split("\n");
  return [...processes, ...[...readdirSync(tmpdir()), ...mounts, ...groups].filter((text) => text.includes(prefix))];
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
