/** Machines beside a host, as its keeper sees them: its guests, and the one that stands outside. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Machine } from "./machine.ts";
import type { PeerArgs } from "./protocol.ts";
import { type Init, killInit, run, startInit } from "./run.ts";

const PEER_SCRIPT = join(import.meta.dirname, "peer.sh");

/** All peers of one host. */
export class Peers {
  readonly #image: string;
  readonly #machine: Machine;
  readonly #guests = new Map<number, Init>();
  readonly #outside = new Map<number, Init>();

  constructor(image: string, machine: Machine) {
    this.#image = image;
    this.#machine = machine;
    machine.onDown = async () => {
      await Promise.all([...this.#guests.keys()].map((pid) => this.kill(pid)));
    };
  }

  /** Starts one; a guest is plugged into the host's bridge. */
  async start({ name, mac, bridge, port }: PeerArgs): Promise<{ pid: number; port: string }> {
    const init = await startInit(mac ? ["--net"] : [], PEER_SCRIPT, this.#image, name);
    (mac ? this.#guests : this.#outside).set(init.pid, init);
    if (!mac) return { pid: init.pid, port: "" };
    try {
      return { pid: init.pid, port: this.#plug(init.pid, { mac, bridge, port }) };
    } catch (error) {
      await this.kill(init.pid);
      throw error;
    }
  }

  async kill(pid: number): Promise<void> {
    for (const peers of [this.#guests, this.#outside]) {
      const init = peers.get(pid);
      peers.delete(pid);
      if (!init) continue;
      unplug(pid);
      await killInit(init);
    }
  }

  async killAll(): Promise<void> {
    await Promise.all([...this.#guests.keys(), ...this.#outside.keys()].map((pid) => this.kill(pid)));
  }

  /** Does what libvirt does for a NIC: a port with the guest's address but a first byte that no bridge takes for its own. */
  #plug(
    pid: number,
    { mac, bridge, port }: { mac: string; bridge: string | undefined; port: string | undefined },
  ): string {
    const inHost = (...args: string[]) => run("nsenter", `--net=/proc/${this.#machine.pid}/ns/net`, ...args);
    const name = port ?? freeName(inHost("ip", "-o", "link"));
    const peer = ["type", "veth", "peer", "name", "eth0", "address", mac, "netns", `/proc/${pid}/ns/net`];
    inHost("ip", "link", "add", "name", name, "address", `fe${mac.slice(2)}`, ...peer);
    if (bridge) inHost("ip", "link", "set", name, "master", bridge);
    inHost("ip", "link", "set", name, "up");
    run("nsenter", `--net=/proc/${pid}/ns/net`, "ip", "link", "set", "eth0", "up");
    return name;
  }
}

/** Takes a guest's NIC, and its port with it: the kernel removes links of a namespace that ended some time later. */
function unplug(pid: number): void {
  spawnSync("nsenter", [`--net=/proc/${pid}/ns/net`, "ip", "link", "delete", "eth0"]);
}

/** All calls of one keeper are in turn, so nobody else takes the name meanwhile, but libvirt in the host may. */
function freeName(links: string): string {
  for (let number = 0; ; number++) if (!new RegExp(`\\bvnet${number}[@:]`).test(links)) return `vnet${number}`;
}
