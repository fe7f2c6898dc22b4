/** A host with networks of every making, all in order, to be broken and mended. */
import { examine } from "../../../provider/doctor/examine.ts";
import type { Finding } from "../../../provider/doctor/finding.ts";
import { parsePicture } from "../../../provider/doctor/picture/picture.ts";
import { lookAt } from "../../../provider/host/look.ts";
import { resolveHost } from "../../../provider/host/resolve.ts";
import { Provider } from "../../faults/provider.ts";
import { sure } from "../../faults/site.ts";
import { type Guest, QuickHost } from "../../lab/quick/index.ts";

/** The DNS server of the outside. */
const resolver =
  "dnsmasq --conf-file=/dev/null --no-resolv --no-hosts --address=/#/192.0.2.80 --listen-address=198.51.100.1 --bind-interfaces --pid-file=/run/dns.pid --user=root";

/** A NAT network made by hand, as handbooks have it: bridge, dnsmasq with a unit, nftables, a file for sysctl. */
const byHand = {
  "/etc/sysctl.d/90-forward.conf": "net.ipv4.ip_forward = 1\n",
  "/etc/virbr10.conf": `bind-dynamic
interface=virbr10
except-interface=lo
dhcp-range=192.168.100.50,192.168.100.60
dhcp-leasefile=/var/lib/misc/virbr10.leases
dhcp-hostsfile=/etc/virbr10.hosts
conf-file=/etc/virbr10.more
`,
  // udev gives a bridge a MAC of its own, unless it is told not to.
  "/etc/systemd/network/10-virbr11.link": "[Match]\nOriginalName=virbr11\n[Link]\nMACAddressPolicy=none\n",
  "/etc/virbr10.hosts": "52:54:00:be:0a:f3,192.168.100.10,name-of-vm\n",
  "/etc/virbr10.more": "",
  "/etc/systemd/system/dnsmasq@.service": `[Unit]
StartLimitIntervalSec=0
[Service]
ExecStart=/usr/sbin/dnsmasq --keep-in-foreground --conf-file=/etc/%i.conf
ExecReload=/bin/kill -HUP $MAINPID
`,
  "/etc/virbr10.nft": `table ip handmade {
	chain prerouting { type nat hook prerouting priority dstnat; }
	chain postrouting {
		type nat hook postrouting priority srcnat;
		ip saddr 192.168.100.0/24 ip daddr { 224.0.0.0/24, 255.255.255.255 } return
		ip saddr 192.168.100.0/24 oifname != "virbr10" counter masquerade
	}
	chain forward {
		type filter hook forward priority filter;
		oifname "virbr10" ct state established,related accept
		iifname "virbr10" ip saddr 192.168.100.0/24 accept
		oifname "virbr10" ct status dnat accept
		iifname "virbr10" reject
		oifname "virbr10" reject
	}
}
`,
};

/** libvirt's own default network, and a domain on it that does not have to boot. */
export const domain = (
  name: string,
  mac: string,
) => `<domain type='qemu'><name>${name}</name><memory unit='MiB'>32</memory>
<os><type arch='x86_64' machine='q35'>hvm</type></os><devices><controller type='usb' model='none'/><memballoon model='none'/>
<interface type='network'><source network='default'/><mac address='${mac}'/><target dev='tap-${name}'/></interface></devices></domain>`;

const NETS = `networkctl reload
virsh -q net-autostart default && virsh -q net-start default
sysctl -qw net.ipv4.ip_forward=1
ip link add virbr10 address 52:54:00:7e:27:af type bridge forward_delay 0
ip addr add 192.168.100.1/24 broadcast 192.168.100.255 dev virbr10 && ip link set virbr10 up
nft -f /etc/virbr10.nft
systemctl start dnsmasq@virbr10`;

export class Site {
  readonly host: QuickHost;
  readonly #provider: Provider;

  private constructor(host: QuickHost) {
    this.host = host;
    this.#provider = new Provider(host.name, host.sshConfig);
  }

  /** Starts a host without any network, and a resolver outside. */
  static async bare(name: string): Promise<Site> {
    const host = await QuickHost.start({ name, files: byHand });
    process.env.KVMNET_SSH_CONFIG = host.sshConfig;
    await host.outside.exec(resolver);
    return new Site(host);
  }

  /** libvirt's network with a domain, one made by hand with a guest. */
  async networks(): Promise<{ guest: Guest }> {
    await this.host.exec(NETS);
    await this.host.exec(
      "cat > /tmp/vm1.xml && virsh -q define /tmp/vm1.xml && virsh -q start --paused vm1 && rm /tmp/vm1.xml",
      {
        input: domain("vm1", "52:54:00:00:00:77"),
      },
    );
    const guest = await this.host.guest({ name: "byhand", bridge: "virbr10", port: "tap10" });
    await guest.dhcp();
    return { guest };
  }

  /** A network of ours. */
  async ours(): Promise<void> {
    const make = async (type: string, name: string, args: object) =>
      sure(await this.#provider.tell({ verb: "create", type, name, args: { ...args } }));
    await make("Bridge", "br0", { addresses: ["10.10.10.1/24"] });
    const net = { bridge: "br0", ipv4Cidr: "10.10.10.0/24" };
    await make("NatNetwork", "br0", net);
    await make("DnsmasqInstance", "br0", { ...net, gateway: "10.10.10.1", ranges: ["10.10.10.100-10.10.10.150"] });
    await make("PortForward", "web", {
      network: "br0",
      target: "10.10.10.10",
      ports: [8080, { port: 4430, targetPort: 443 }],
    });
  }

  /** Networks of ours that keep their guests back, and NICs that wait, as they were told to. */
  async strict(): Promise<void> {
    const make = async (type: string, name: string, args: object) =>
      sure(await this.#provider.tell({ verb: "create", type, name, args: { ...args } }));
    const networks = {
      br1: { mode: "isolated" },
      br2: { mode: "routed" },
      br3: { egress: [{ protocol: "tcp", ports: [8443] }] },
    };
    for (const [at, [bridge, rules]] of Object.entries(networks).entries()) {
      await make("Bridge", bridge, { addresses: [`10.10.${11 + at}.1/24`] });
      await make("NatNetwork", bridge, { bridge, ipv4Cidr: `10.10.${11 + at}.0/24`, ...rules });
    }
    const waiting = domain("spaced", "52:54:00:00:00:78").replace("<name>spaced", "<name>web server");
    await this.host.exec('cat > /tmp/d.xml && virsh -q define /tmp/d.xml && virsh -q start --paused "web server"', {
      input: waiting,
    });
    const nic = { domain: "web server", bridge: "br1", waitForAddressSeconds: 0 };
    await make("VmInterface", "unplugged", { ...nic, linkState: "down" });
    await make("VmInterface", "later", { ...nic, apply: "next-boot" });
  }

  /** What the doctor says, over SSH. */
  async diagnose(guest?: string): Promise<Finding[]> {
    return examine(parsePicture(await lookAt(resolveHost(this.host.name)), this.host.name), guest);
  }

  /** Warnings and faults alone. */
  async complaints(guest?: string): Promise<Finding[]> {
    return (await this.diagnose(guest)).filter(({ verdict }) => verdict === "fault" || verdict === "warning");
  }

  /** Has the outside's resolver be there, or not. */
  async resolver(there: boolean): Promise<void> {
    await this.host.outside.exec(there ? resolver : "kill $(cat /run/dns.pid)");
  }

  async stop(): Promise<void> {
    await this.#provider.kill();
    await this.host.stop();
  }
}
