/** Machines beside a host: guests, and the machine outside. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type EnterOptions, enter, type Said } from "./enter.ts";
import { Transfer } from "./transfer.ts";

const DIAL = join(import.meta.dirname, "dial.pl");
const ANSWER = join(import.meta.dirname, "answer.pl");
const ECHO = join(import.meta.dirname, "echo.pl");

/** How long a peer waits for an answer from the network, in seconds. */
const WAIT_S = 3;

/** A machine with the image's programs and nothing running but what a test starts. */
export class Peer {
  readonly name: string;
  /** Pid of its first process as the machine sees it. */
  readonly pid: number;

  constructor(name: string, pid: number) {
    this.name = name;
    this.pid = pid;
  }

  /** Runs a shell command. @throws if it fails, unless `mayFail`. */
  exec(command: string, options?: EnterOptions): Promise<Said> {
    return enter(this.pid, command, options);
  }

  /**
   * Starts a web server. `/` answers with this peer's name, `/cgi-bin/who` with the address that the client came from.
   * `address` is a word of busybox httpd: "80", "10.1.2.3:80", "[::]:80".
   */
  async serve(address = "80"): Promise<void> {
    await this.exec(`busybox httpd -p '${address}' -h /www`);
  }

  /** Starts a server that answers each TCP connection or UDP datagram with the address that it came from, and this peer's name. */
  async answer(protocol: "tcp" | "udp", port: number, address = "::"): Promise<void> {
    await this.exec(`perl - ${protocol} ${address} ${port} ${this.name}`, { input: await readFile(ANSWER, "utf8") });
  }

  /** Starts a server that sends back what it is sent by TCP. */
  async echo(port: number): Promise<void> {
    await this.exec(`perl - ${port}`, { input: await readFile(ECHO, "utf8") });
  }

  /** Begins to send to a server that sends back, over one connection. @throws if there is none. */
  async transfer(host: string, port: number): Promise<Transfer> {
    return await Transfer.begin((command, options) => this.exec(command, options), host, port);
  }

  /** What an HTTP server answers, without its last line feed. @throws if it does not answer. */
  async fetch(url: string): Promise<string> {
    return (await this.exec(`curl --silent --show-error --fail --max-time ${WAIT_S} '${url}'`)).stdout.trim();
  }

  /** Sends a line and gives back the answer's first line; undefined if there is none, or the connection is refused. */
  async dial(host: string, port: number, protocol: "tcp" | "udp" = "tcp"): Promise<string | undefined> {
    const input = await readFile(DIAL, "utf8");
    const { stdout, exitCode } = await this.exec(`perl - ${protocol} ${host} ${port} ${WAIT_S}`, {
      input,
      mayFail: true,
    });
    return exitCode === 0 ? stdout : undefined;
  }
}

/** What the DHCP client of a guest was given, by the names of busybox udhcpc (ip, mask, router, dns, domain, lease …). */
export type Lease = Record<string, string>;

/** A guest: a machine on a port of one of the host's bridges. */
export class Guest extends Peer {
  readonly mac: string;
  /** Its port's name in the host. */
  readonly port: string;
  readonly #unplug: () => Promise<unknown>;

  constructor(shape: { name: string; pid: number; mac: string; port: string; unplug: () => Promise<unknown> }) {
    super(shape.name, shape.pid);
    this.mac = shape.mac;
    this.port = shape.port;
    this.#unplug = shape.unplug;
  }

  /** Asks for a lease, and again as it runs out, with this host name. @throws if none came in time. */
  async dhcp(options: { hostname?: string; timeout?: number } = {}): Promise<Lease> {
    const client = `udhcpc -i eth0 -s /dhcp -p /run/dhcp.pid -t 20 -T 1 -A 1 -x hostname:${options.hostname ?? this.name}`;
    await this.exec(`rm -f /run/lease; setsid -f busybox ${client} > /run/dhcp.log 2>&1 < /dev/null`);
    await this.exec("until [ -s /run/lease ]; do sleep 0.05; done", { timeout: options.timeout ?? 15_000 });
    return this.lease();
  }

  /** Renews the lease now, as a client in the middle of its lease does. */
  async renew(): Promise<Lease> {
    await this.exec("rm -f /run/lease; kill -USR1 $(cat /run/dhcp.pid); until [ -s /run/lease ]; do sleep 0.05; done");
    return this.lease();
  }

  /** The lease it has. */
  async lease(): Promise<Lease> {
    const { stdout } = await this.exec("cat /run/lease");
    return Object.fromEntries(stdout.split("\n").map((line) => line.split(/=(.*)/s).slice(0, 2)));
  }

  /** Gives it a fixed address instead of a lease. */
  async static(address: string, gateway?: string): Promise<void> {
    await this.exec(`ip addr add ${address} dev eth0${gateway ? ` && ip route add default via ${gateway}` : ""}`);
  }

  /** The IPv4 address of its interface. @throws if it has none. */
  async address(): Promise<string> {
    const { stdout } = await this.exec("ip -4 -o addr show dev eth0 scope global");
    const address = /inet ([\d.]+)/.exec(stdout)?.[1];
    if (!address) throw new Error(`${this.name} has no address`);
    return address;
  }

  /** Ends it; its port goes with it. */
  async unplug(): Promise<void> {
    await this.#unplug();
  }
}
