/** Guests on a lab host, managed by its libvirt. */
import { readFile } from "node:fs/promises";
import type { LabHost } from "./host.ts";
import type { SshResult } from "./ssh.ts";

/** A container that libvirt manages, with busybox for a root file system. */
export interface LxcGuest {
  name: string;
  /** What `http://ADDRESS/` of the guest answers. */
  text: string;
  /** The libvirt connection to use with virsh. */
  uri: string;
  /** Runs a shell command inside. @throws on an exit code other than 0. */
  run(command: string): Promise<SshResult>;
  /** Its IPv4 address, once it has one. @throws after `seconds`, 60 if not given. */
  address(seconds?: number): Promise<string>;
  /** Ends it and removes its definition and its files. */
  remove(): Promise<void>;
}

/** What guest to make. */
export interface LxcGuestOptions {
  name: string;
  /** A NIC it has from the start, on a bridge that exists; none if not given. */
  nic?: { bridge: string; mac: string };
  /** Whether it is started again when the host boots; true if not given. */
  autostart?: boolean;
}

const LXC = "lxc:///system";
const ROOTS = "/var/lib/lab-guests";
/** See systemd.link(5), MACAddressPolicy. */
const VETH_LINK = "[Match]\nDriver=veth\n[Link]\nNamePolicy=keep kernel\nMACAddressPolicy=none\n";

/** Defines and starts a guest; it asks for an address by DHCP as soon as it has a NIC. @throws if libvirt refuses it. */
export async function lxcGuest(host: LabHost, options: LxcGuestOptions): Promise<LxcGuest> {
  const { name, nic, autostart = true } = options;
  const root = `${ROOTS}/${name}`;
  const [init, udhcpc] = await Promise.all(["guest-init.sh", "guest-udhcpc.sh"].map(source));
  const files = { init, "udhcpc.sh": udhcpc, "www/index.html": `${textOf(name)}\n` };
  const writes = Object.entries(files).map(([file, content]) => write(`${root}/${file}`, content ?? ""));
  await host.ssh("sh -s", {
    input: [
      "set -e",
      `mkdir -p ${["bin", "dev/pts", "proc", "sys", "etc", "tmp", "www"].map((dir) => `${root}/${dir}`).join(" ")}`,
      `cp /bin/busybox ${root}/bin/`,
      `chroot ${root} /bin/busybox --install -s /bin`,
      // Else udev and libvirt race for the MAC address of the guest's end of the pair, and at times udev is the last.
      write("/etc/systemd/network/00-lab-veth.link", VETH_LINK),
      "udevadm control --reload",
      ...writes,
      `chmod 755 ${root}/init ${root}/udhcpc.sh`,
      write("/tmp/lab-guest.xml", lxcXml(name, root, nic)),
      `virsh -q -c ${LXC} define /tmp/lab-guest.xml && rm /tmp/lab-guest.xml`,
      autostart ? `virsh -q -c ${LXC} autostart ${name}` : "",
      `virsh -q -c ${LXC} start ${name}`,
    ].join("\n"),
  });
  return existingGuest(host, name);
}

/** A guest that `lxcGuest` made before. */
export function existingGuest(host: LabHost, name: string): LxcGuest {
  const root = `${ROOTS}/${name}`;
  const run = (command: string) => host.ssh(inside(name, command));
  return {
    name,
    text: textOf(name),
    uri: LXC,
    run,
    async address(seconds = 60) {
      const look = inside(name, "ip -4 -o addr show scope global");
      const script = `for i in $(seq ${seconds}); do a=$(${look}); [ -n "$a" ] && echo "$a" && exit; sleep 1; done; exit 1`;
      const { stdout } = await host.ssh(script, { timeout: (seconds * 3 + 10) * 1000 });
      return /inet ([\d.]+)/.exec(stdout)?.[1] ?? "";
    },
    async remove() {
      await host.ssh(`virsh -q -c ${LXC} destroy ${name}; virsh -q -c ${LXC} undefine ${name} && rm -rf ${root}`);
    },
  };
}

/**
 * Defines a persistent `qemu:///system` domain and starts it paused: it takes NICs live, and never runs.
 * @throws if libvirt refuses it.
 */
export async function pausedQemuGuest(host: LabHost, name: string): Promise<void> {
  // By ACPI a NIC is given back only when the guest's system agrees, and none runs; PCI Express empties a slot whose
  // power is off by itself.
  const xml = `<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>${name}</name>
  <memory unit='MiB'>32</memory>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <devices>
    <controller type='pci' index='0' model='pcie-root'/>
    ${"<controller type='pci' model='pcie-root-port'/>".repeat(4)}
    <controller type='usb' model='none'/><memballoon model='none'/>
  </devices>
  <qemu:commandline>
    <qemu:arg value='-global'/><qemu:arg value='ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off'/>
  </qemu:commandline>
</domain>`;
  const virsh = "virsh -q -c qemu:///system";
  const script = [
    write("/tmp/lab-guest.xml", xml),
    `${virsh} define /tmp/lab-guest.xml && rm /tmp/lab-guest.xml`,
    `${virsh} start --paused ${name}`,
  ];
  await host.ssh("sh -es", { input: script.join("\n") });
}

function textOf(name: string): string {
  return `guest ${name}`;
}

function lxcXml(name: string, root: string, nic: LxcGuestOptions["nic"]): string {
  const wire =
    nic && `<interface type='bridge'><source bridge='${nic.bridge}'/><mac address='${nic.mac}'/></interface>`;
  // Without privnet a container that has no NIC shares the host's network. The partition is the default, which libvirt would
  // write out as soon as anybody changes the stored definition of the running guest.
  return `<domain type='lxc'>
  <name>${name}</name>
  <memory unit='MiB'>64</memory>
  <os><type>exe</type><init>/init</init><initarg>${name}</initarg></os>
  <resource><partition>/machine</partition></resource>
  <features><privnet/></features>
  <devices>
    <filesystem type='mount'><source dir='${root}'/><target dir='/'/></filesystem>
    ${wire ?? ""}
    <console type='pty'/>
  </devices>
</domain>`;
}

/** By nsenter, since virsh's lxc-enter-namespace cannot move itself into the guest's cgroup on a host of today. */
function inside(name: string, command: string): string {
  const init = `$(pgrep -o -P $(cat /run/libvirt/lxc/${name}.pid))`;
  return `nsenter -t ${init} -m -u -i -n -p -r /bin/sh -c ${quote(command)}`;
}

function write(path: string, content: string): string {
  return `cat > ${path} <<'LAB-END'\n${content}${content.endsWith("\n") ? "" : "\n"}LAB-END`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function source(file: string): Promise<string> {
  return readFile(new URL(file, import.meta.url), "utf8");
}
