import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Guest, Snapshot } from "../lab/quick/index.ts";
import { differences } from "../lab/quick/index.ts";
import type { Stack } from "../lab/stack.ts";
import { changes, connections, forward, network, program, succeeded, Testbed } from "../lab/testbed.ts";

describe("a network's whole life, with the real engine", () => {
  let testbed: Testbed;
  let stack: Stack;
  let guest: Guest;
  let before: Snapshot;

  beforeAll(async () => {
    testbed = await Testbed.start("hv1");
    stack = await testbed.stack(network({ extra: forward }));
    before = await testbed.host.snapshot();
  });
  afterAll(() => testbed?.stop());

  /** How often systemd has read all unit files, which takes it seconds on a slow host; systemd(1) says so in its journal. */
  const reloads = async () =>
    Number((await testbed.host.exec("journalctl -o cat _PID=1 | grep -c ^Reloading || :")).stdout);

  test("preview shows every line that up will write", async () => {
    const { stdout } = succeeded(await stack.preview("--diff", "--show-full-output"));
    expect(stdout).toContain("any4 { tcp . 8080 : 10.10.10.10 . 80 }");
    expect(stdout).toContain("addr 10.10.10.1/24 brd 10.10.10.255");
    expect(stdout).toContain("dhcp-range=");
  });

  test("up builds it, with one reading of units for each resource that has some, and packets flow", async () => {
    const read = await reloads();
    succeeded(await stack.up());
    expect((await reloads()) - read).toBe(2);
    guest = await testbed.host.guest({ name: "web", mac: "52:54:00:00:00:10", bridge: "br0" });
    const lease = await guest.dhcp();
    expect(lease.ip).toBe("10.10.10.10");
    await guest.serve();
    expect(await testbed.host.outside.fetch(`http://${testbed.host.uplink.ipv4.address}:8080/`)).toBe("web");
    await testbed.host.outside.serve("8000");
    expect(await guest.fetch(`http://${testbed.host.uplink.ipv4.gateway}:8000/cgi-bin/who`)).toBe(
      testbed.host.uplink.ipv4.address,
    );
    const { stdout } = await guest.exec("busybox nslookup web.lab.internal 10.10.10.1");
    expect(stdout).toContain("10.10.10.10");
  });

  test("up again changes nothing and makes no connection", async () => {
    const seen = await connections(testbed.host);
    const again = succeeded(await stack.up("--expect-no-changes"));
    expect(changes(again)).not.toHaveProperty("update");
    expect(await connections(testbed.host)).toBe(seen);
  });

  test("a changed reservation is one line in the preview and a SIGHUP on the host", async () => {
    const one = `{ mac: "52:54:00:00:00:10", address: "10.10.10.10", hostname: "web" }`;
    const two = `${one}, { mac: "52:54:00:00:00:11", address: "10.10.10.11", hostname: "db" }`;
    await stack.write(program(network({ extra: forward, reservations: two })));
    const { stdout } = succeeded(await stack.preview("--diff"));
    const added = stdout.split("\n").filter((line) => /^\s*\+\s+52:54:00/.test(line));
    expect(added, stdout).toHaveLength(1);
    const pid = async () => (await testbed.host.exec("systemctl show -p MainPID --value kvmnet-dnsmasq@br0")).stdout;
    const leases = async () => (await testbed.host.exec("cat /var/lib/misc/dnsmasq.br0.leases")).stdout;
    const [pidBefore, leasesBefore] = [await pid(), await leases()];
    succeeded(await stack.up());
    expect(await pid()).toBe(pidBefore);
    expect(await leases()).toBe(leasesBefore);
    const db = await testbed.host.guest({ name: "db", mac: "52:54:00:00:00:11", bridge: "br0" });
    expect((await db.dhcp()).ip).toBe("10.10.10.11");
    await db.unplug();
  });

  const drifts: { title: string; hand: string; names: RegExp }[] = [
    {
      title: "a deleted rule",
      hand: "nft delete rule inet kvmnet_br0 forward handle $(nft -a list chain inet kvmnet_br0 forward | awk '/handle/ && /accept/ {h=$NF} END {print h}')",
      names: /NatNetwork.*br0/,
    },
    {
      title: "a deleted map element",
      hand: "nft delete element inet kvmnet_br0 any4 '{ tcp . 8080 }'",
      names: /PortForward.*web/,
    },
    { title: "the bridge's address", hand: "ip addr del 10.10.10.1/24 dev br0", names: /Bridge.*br0/ },
    {
      title: "a deleted file",
      hand: "rm /etc/dnsmasq.d-available/kvmnet-br0.hosts/static",
      names: /DnsmasqInstance.*br0/,
    },
    { title: "a stopped dnsmasq", hand: "systemctl stop kvmnet-dnsmasq@br0", names: /DnsmasqInstance.*br0/ },
    { title: "a deleted bridge", hand: "ip link del br0", names: /Bridge.*br0/ },
  ];
  test.each(drifts)("$title shows at refresh, and up repairs just that", async ({ hand, names }) => {
    await testbed.host.exec(hand);
    const refreshed = succeeded(await stack.refresh("--diff"));
    expect(refreshed.stdout).toMatch(names);
    expect(changes(refreshed).update ?? changes(refreshed).delete).toBeGreaterThanOrEqual(1);
    succeeded(await stack.up());
    // libvirt knows the taps of its guests, and they are put back; of this one only its own runtime knows.
    await testbed.host.exec(`ip link set dev ${guest.port} master br0`);
    succeeded(await stack.run(["refresh", "--expect-no-changes"]));
    succeeded(await stack.up("--expect-no-changes"));
    await guest.renew();
    expect(await testbed.host.outside.fetch(`http://${testbed.host.uplink.ipv4.address}:8080/`)).toBe("web");
  });

  test("it is all there after a reboot", async () => {
    await testbed.host.reboot();
    guest = await testbed.host.guest({ name: "web", mac: "52:54:00:00:00:10", bridge: "br0" });
    expect((await guest.dhcp()).ip).toBe("10.10.10.10");
    await guest.serve();
    expect(await testbed.host.outside.fetch(`http://${testbed.host.uplink.ipv4.address}:8080/`)).toBe("web");
    await guest.unplug();
  });

  test("destroy leaves the host as it was", async () => {
    const read = await reloads();
    succeeded(await stack.destroy());
    expect((await reloads()) - read).toBe(2);
    expect(differences(before, await testbed.host.snapshot())).toEqual([]);
    const { stdout } = await testbed.host.exec(
      "find / -xdev -name '*kvmnet*' -not -path '/proc/*' -not -path '/run/*' -not -path '/tmp/*'",
    );
    expect(stdout).toBe("");
  });
});
