import { type LxcGuest, lxcGuest } from "../lab/qemu/guests.ts";
import { LabHost } from "../lab/qemu/host.ts";
import type { Stack } from "../lab/stack.ts";
import { program, stackOn, succeeded } from "../lab/testbed.ts";

/** A real hypervisor host with two containers, `a` and `b`, each with a web server, and a stack that is up on it. */
export class TwoGuests {
  readonly host: LabHost;
  readonly stack: Stack;
  readonly a: LxcGuest;
  readonly b: LxcGuest;

  private constructor({ host, stack, a, b }: Pick<TwoGuests, "host" | "stack" | "a" | "b">) {
    [this.host, this.stack, this.a, this.b] = [host, stack, a, b];
  }

  /** `prepare` makes what else the program expects on the host. */
  static async start(
    name: string,
    body: string,
    prepare: (host: LabHost) => Promise<unknown> = async () => {},
  ): Promise<TwoGuests> {
    const host = await LabHost.start({ name, tcp: [] });
    const a = await lxcGuest(host, { name: "a" });
    const b = await lxcGuest(host, { name: "b" });
    await prepare(host);
    const stack = await stackOn(host, body);
    succeeded(await stack.up());
    return new TwoGuests({ host, stack, a, b });
  }

  async stop(): Promise<void> {
    await this.stack.dispose();
    await this.host.stop();
  }

  /** Makes it the stack's program. */
  async write(body: string): Promise<void> {
    await this.stack.write(program(body));
  }

  /** What a command prints on the host, whatever becomes of it. */
  async said(command: string): Promise<string> {
    return (await this.host.ssh(command, { check: false })).stdout;
  }

  /** Whether one guest reaches the other's web server. */
  async reaches(from: LxcGuest, to: string): Promise<boolean> {
    const { stdout } = await from.run(`printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 3 ${to} 80 || true`);
    return stdout.includes("guest");
  }

  /** Has `a` say by ARP that it is the gateway, and gives back the MAC addresses by which `b` knows the gateway meanwhile. */
  async gatewayAsKnown(): Promise<string[]> {
    await this.b.run("arp -d 10.10.10.1; ping -c 1 -W 3 10.10.10.1");
    const [{ stdout }] = await Promise.all([
      this.b.run("for look in $(seq 80); do cat /proc/net/arp; sleep 0.1; done"),
      // In the first second the kernel keeps what it has just learnt.
      this.a.run(`nic=$(ip -4 -o addr show scope global | sed 's/^[0-9]*: *\\([^ ]*\\).*/\\1/'); sleep 2
        ip addr add 10.10.10.1/32 dev $nic && arping -U -c 3 -I $nic 10.10.10.1; ip addr del 10.10.10.1/32 dev $nic`),
    ]);
    const seen = stdout.match(/(?<=^10\.10\.10\.1 .*)52(:[0-9a-f]{2}){5}/gm) ?? [];
    return [...new Set(seen)];
  }
}
