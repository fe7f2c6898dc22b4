import type { LxcGuest } from "../lab/qemu/guests.ts";

/** Has `a` say by ARP that it is the gateway, and gives back the MAC addresses by which `b` knows the gateway meanwhile. */
export async function knownAs(a: LxcGuest, b: LxcGuest): Promise<string[]> {
  await b.run("arp -d 10.10.10.1; ping -c 1 -W 3 10.10.10.1");
  const [{ stdout }] = await Promise.all([
    b.run("for look in $(seq 80); do cat /proc/net/arp; sleep 0.1; done"),
    // In the first second the kernel keeps what it has just learnt.
    a.run(`nic=$(ip -4 -o addr show scope global | sed 's/^[0-9]*: *\\([^ ]*\\).*/\\1/'); sleep 2
      ip addr add 10.10.10.1/32 dev $nic && arping -U -c 3 -I $nic 10.10.10.1; ip addr del 10.10.10.1/32 dev $nic`),
  ]);
  const seen = stdout.match(/(?<=^10\.10\.10\.1 .*)52(:[0-9a-f]{2}){5}/gm) ?? [];
  return [...new Set(seen)];
}
