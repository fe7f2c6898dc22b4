import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { State } from "../../../provider/lifecycle/state.ts";
import { Direct } from "../../lab/direct.ts";
import { differences, type Guest, QuickHost, type Snapshot } from "../../lab/quick/index.ts";

/** Names, start-up over the network and IPv6, with clients that are real: the kernel's SLAAC, networkd's DHCPv6, curl's TFTP. */
let host: QuickHost;
let direct: Direct;
let before: Snapshot;
let bridge: State;
let dhcp: State;
let guest: Guest;

const addresses = ["10.10.10.1/24", "fd00:10::1/64"];
const web = { mac: "52:54:00:00:00:10", address: "10.10.10.10", address6: "fd00:10::10", hostname: "web" };
const network = { bridge: "br0", ipv4Cidr: "10.10.10.0/24", gateway: "10.10.10.1", ipv6Cidr: "fd00:10::/64" };
const boot = { tftpRoot: "/srv/tftp", file: "pxelinux.0" };
const hostRecords = { "nas.lab.internal": ["10.10.10.5", "fd00:10::5"] };
const args = { ...network, domain: "lab.internal", resolveOnHost: true, boot, hostRecords };
const said = async (command: string) => (await host.exec(command, { mayFail: true })).stdout;

beforeAll(async () => {
  host = await QuickHost.start({ name: "names", packages: ["systemd-resolved"] });
  direct = new Direct(host.name, host.sshConfig);
  before = await host.snapshot();
  bridge = await direct.make("bridge", "br0", { addresses });
});
afterAll(() => host?.stop());

test("what the host lacks for it is named, with the way out", async () => {
  const refused = (reason: string) => expect(direct.make("dnsmasqInstance", "br0", args)).rejects.toThrow(reason);
  await refused("boot.tftpRoot: dnsmasq cannot read /srv/tftp on names (it is not there).");
  await host.exec("mkdir -p /srv/tftp && chmod 700 /srv/tftp && echo 'a boot loader' > /srv/tftp/pxelinux.0");
  await refused("boot.tftpRoot: dnsmasq cannot read /srv/tftp on names (the mode of /srv/tftp is 700).");
  await host.exec("chmod 755 /srv/tftp && chmod 640 /srv/tftp/pxelinux.0");
  await refused(
    "boot.file: dnsmasq cannot read /srv/tftp/pxelinux.0 on names (the mode of /srv/tftp/pxelinux.0 is 640).",
  );
  await host.exec("chmod 644 /srv/tftp/pxelinux.0 && systemctl stop systemd-resolved");
  await refused("resolveOnHost: systemd-resolved does not run on names. Run there: apt install systemd-resolved");
  await host.exec("systemctl start systemd-resolved && mv /usr/sbin/nft /usr/sbin/nft.away");
  await expect(direct.make("natNetwork", "br0", { bridge: "br0", ipv4Cidr: "10.10.10.0/24" })).rejects.toThrow(
    "backend: nft is not installed on names. Run there: apt install nftables",
  );
  await host.exec("mv /usr/sbin/nft.away /usr/sbin/nft");
});

test("guests make up their IPv6 address, start from the file that they are told of, and the host knows their names", async () => {
  dhcp = await direct.make("dnsmasqInstance", "br0", args);
  guest = await host.guest({ name: "web", mac: web.mac, bridge: "br0" });
  const lease = await guest.dhcp();
  expect(lease).toMatchObject({ boot_file: "pxelinux.0", siaddr: "10.10.10.1", dns: "10.10.10.1" });
  // Also where a client asks for it as an option: some firmware looks where BOOTP had it, and nowhere else (dhcp-no-override).
  const asks =
    "printf '#!/bin/sh\\nenv\\n' > /show; chmod 755 /show; busybox udhcpc -i eth0 -n -q -f -O bootfile -s /show";
  expect((await guest.exec(asks)).stdout).toMatch(/^boot_file=pxelinux\.0$/m);
  expect((await guest.exec("curl -s -m 5 tftp://10.10.10.1/pxelinux.0")).stdout).toBe("a boot loader");
  const slaac = async () => {
    const { stdout } = await guest.exec("ip -6 -o addr show dev eth0 scope global; ip -6 route show default");
    expect(stdout).toMatch(/fd00:10::5054:ff:fe00:10\/64 .*\n?[\s\S]*default via fe80::/);
  };
  await vi.waitFor(slaac, { timeout: 20_000, interval: 500 });
  expect(await said("resolvectl query web.lab.internal")).toContain(lease.ip);
  const nas = await said("resolvectl query nas.lab.internal");
  for (const address of hostRecords["nas.lab.internal"]) expect(nas).toContain(address);
  expect(await direct.stands("dnsmasqInstance", dhcp, args)).toBe(true);
});

test.each([
  ["a restart of systemd-resolved", "systemctl restart systemd-resolved"],
  ["a restart of systemd-networkd", "systemctl restart systemd-networkd"],
])("the host knows them after %s", async (_, command) => {
  await host.exec(command);
  const knows = async () => expect(await said("resolvectl query web.lab.internal")).toContain("10.10.10.");
  await vi.waitFor(knows, { timeout: 15_000, interval: 500 });
});

test("guests are told what is asked for, names are asked of the forwarders, and there are as many leases as may be", async () => {
  const resolver = "dnsmasq --no-resolv --no-hosts --bind-interfaces";
  await host.outside.exec(
    `ip addr add 198.51.100.54/32 dev lo; ${resolver} --listen-address=198.51.100.1 --address=/example.test/203.0.113.9`,
  );
  await host.outside.exec(`${resolver} --listen-address=198.51.100.54 --address=/example.test/203.0.113.10`);
  const forwarders = ["198.51.100.1", { domain: "corp.example.test", address: "198.51.100.54" }];
  const told = { "dns-server": ["9.9.9.9", "149.112.112.112"], 15: "by-number.test" };
  const more = { ...args, forwarders, dhcpOptions: told, maxLeases: 1 };
  dhcp = await direct.change("dnsmasqInstance", dhcp, more);
  expect(await guest.renew()).toMatchObject({ dns: "9.9.9.9 149.112.112.112", domain: "by-number.test" });
  expect((await guest.exec("busybox nslookup example.test 10.10.10.1", { mayFail: true })).stdout).toContain(
    "203.0.113.9",
  );
  const { stdout } = await guest.exec("busybox nslookup corp.example.test 10.10.10.1", { mayFail: true });
  expect(stdout).toContain("203.0.113.10");
  const second = await host.guest({ name: "second", bridge: "br0" });
  await expect(second.dhcp({ timeout: 4_000 })).rejects.toThrow();
  dhcp = await direct.change("dnsmasqInstance", dhcp, { ...more, maxLeases: 2 });
  await second.exec("until [ -s /run/lease ]; do sleep 0.05; done", { timeout: 20_000 });
  expect((await second.lease()).ip).not.toBe(await guest.address());
  expect(await direct.stands("dnsmasqInstance", dhcp, { ...more, maxLeases: 2 })).toBe(true);
  await second.unplug();
});

test("guests lease addresses where nobody answers names", async () => {
  const mute = { ...network, dns: false };
  dhcp = await direct.change("dnsmasqInstance", dhcp, mute);
  expect((await guest.renew()).dns).toBeUndefined();
  expect((await host.exec("ss -Hlntu 'sport = :53'")).stdout).not.toContain("10.10.10.1");
  expect(await direct.stands("dnsmasqInstance", dhcp, mute)).toBe(true);
  dhcp = await direct.change("dnsmasqInstance", dhcp, args);
});

test.each([
  ["restarted", "systemctl restart kvmnet-dnsmasq@br0"],
  ["killed", "systemctl kill --signal=KILL kvmnet-dnsmasq@br0"],
])("guests keep their leases when dnsmasq is %s", async (_, command) => {
  const pid = async () => said("systemctl show --property=MainPID --value kvmnet-dnsmasq@br0");
  const [ip, leases, old] = [await guest.address(), await said("cat /var/lib/misc/dnsmasq.br0.leases"), await pid()];
  expect(leases).toContain(ip);
  await host.exec(command);
  await vi.waitFor(async () => expect(["", "0", old]).not.toContain(await pid()), { timeout: 15_000, interval: 100 });
  expect(await said("cat /var/lib/misc/dnsmasq.br0.leases")).toBe(leases);
  expect((await guest.renew()).ip).toBe(ip);
});

test("DHCPv6 leases addresses of the range, and those that are reserved, and leases show as outputs", async () => {
  const stateful = { ...args, routerAdvertisements: "stateful", reservations: [web] };
  dhcp = await direct.change("dnsmasqInstance", dhcp, stateful);
  const other = await host.guest({ name: "other", bridge: "br0" });
  for (const one of [guest, other]) {
    await one.exec(
      "mkdir -p /run/systemd/netif/links /run/systemd/netif/leases /run/systemd/network && " +
        "printf '[Match]\\nName=eth0\\n[Network]\\nDHCP=ipv6\\nIPv6AcceptRA=yes\\n[DHCPv6]\\nDUIDType=link-layer\\n' > /run/systemd/network/e.network && " +
        "chown -R systemd-network /run/systemd/netif && ip -6 addr flush dev eth0 scope global && " +
        "setsid -f /lib/systemd/systemd-networkd > /run/networkd.log 2>&1 < /dev/null",
    );
  }
  const leased = async () => {
    expect((await guest.exec("ip -6 -o addr show dev eth0 scope global")).stdout).toContain("fd00:10::10/128");
    expect((await other.exec("ip -6 -o addr show dev eth0 scope global")).stdout).toMatch(
      /fd00:10::[1-9a-f][0-9a-f]{3}\/128/,
    );
  };
  await vi.waitFor(leased, { timeout: 30_000, interval: 500 });
  const found = await direct.read("dnsmasqInstance", dhcp);
  expect(found?.leases).toContainEqual(expect.objectContaining({ mac: web.mac, address: "fd00:10::10" }));
  expect(await said("resolvectl query -6 web.lab.internal")).toContain("fd00:10::10");
  expect(await direct.stands("dnsmasqInstance", dhcp, stateful)).toBe(true);
});

test("it is so after a reboot, and where the bridge was made again; all of it goes", async () => {
  await host.reboot();
  guest = await host.guest({ name: "web", mac: web.mac, bridge: "br0" });
  await guest.dhcp();
  const knows = async () => expect(await said("resolvectl query web.lab.internal")).toContain("10.10.10.10");
  await vi.waitFor(knows, { timeout: 15_000, interval: 500 });
  await host.exec("ip link del br0");
  bridge = await direct.change("bridge", (await direct.read("bridge", bridge)) ?? bridge, { addresses });
  await host.exec(`ip link set dev ${guest.port} master br0`);
  await vi.waitFor(knows, { timeout: 20_000, interval: 500 });
  await guest.unplug();
  await direct.remove("dnsmasqInstance", dhcp);
  expect(await said("resolvectl dns br0; resolvectl domain br0")).not.toMatch(/10\.10\.10|lab/);
  await direct.remove("bridge", bridge);
  await host.exec("rm -r /srv/tftp");
  const left = differences(before, await host.snapshot()).map(({ key }) => key);
  expect(left).toEqual([]);
});
