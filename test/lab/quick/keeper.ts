/**
 * The process behind one quick host. It starts in a mount and a network namespace of its own: the mounts are the host's disk,
 * the network is the outside. It forwards the listening socket it got as descriptor 3 to the host's sshd. When its standard
 * input ends, however that came about, it ends everything; if it is killed itself, the kernel does (PR_SET_PDEATHSIG).
 */
import { rmSync, statfsSync } from "node:fs";
import { connect, createServer } from "node:net";
import { createInterface } from "node:readline";
import { CgroupTree } from "./cgroup.ts";
import { Machine } from "./machine.ts";
import { Peers } from "./peers.ts";
import { type Answer, type Orders, type PeerArgs, type Request, type Requests, UPLINK } from "./protocol.ts";
import { run } from "./run.ts";

const orders = JSON.parse(process.argv[2] ?? "") as Orders;
const verbs: { [V in keyof Requests]: (args: Requests[V]["args"]) => Promise<Requests[V]["answer"]> } = await furnish();

// Answers to a starter that is gone go nowhere; the end of its input says the rest.
process.stdout.on("error", () => {});
createInterface({ input: process.stdin })
  .on("line", (line) => void answer(JSON.parse(line) as Request))
  .on("close", () => void verbs.stop({}).finally(() => process.exit(0)));

async function furnish() {
  const { dir } = orders;
  // In memory and in this mount namespace only: nothing of it can outlive this process.
  run("mount", "-t", "tmpfs", "-o", "mode=755,size=1g", "kvmnet-quick", dir);
  const cgroups = new CgroupTree(dir);
  const machine = new Machine(orders, cgroups.own);
  const peers = new Peers(orders.image, machine);
  run("ip", "link", "set", "lo", "up");
  forwardSsh();
  return {
    boot: () => machine.boot(),
    rebooted: ({ after }: { after: number }) => machine.rebooted(after),
    disk: async ({ full }: { full: boolean }) => {
      const { blocks, bfree, bsize } = statfsSync(dir);
      run("mount", "-o", `remount,size=${full ? (blocks - bfree) * bsize : "1g"}`, dir);
      return {};
    },
    peer: (args: PeerArgs) => peers.start(args),
    unplug: async ({ pid }: { pid: number }) => {
      await peers.kill(pid);
      return {};
    },
    powerCut: async () => {
      await machine.kill();
      return {};
    },
    stop: async () => {
      await machine.kill();
      await peers.killAll();
      await cgroups.remove();
      run("umount", "--lazy", dir);
      rmSync(dir, { recursive: true, force: true });
      return {};
    },
  };
}

async function answer({ id, verb, args }: Request): Promise<void> {
  let line: Answer;
  try {
    line = { id, answer: await verbs[verb](args as never) };
  } catch (error) {
    line = { id, error: error instanceof Error ? error.message : String(error) };
  }
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** The socket was made in the machine's network namespace and listens there; what it accepts is connected from the outside. */
function forwardSsh(): void {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const host = connect({ host: UPLINK.ipv4.address, port: 22, allowHalfOpen: true, noDelay: true });
    client.pipe(host).pipe(client);
    // A host that lost its power sends nothing: whoever is on the other side learns of it by the reset.
    client.on("error", () => host.destroy()).on("close", () => host.destroy());
    host.on("error", () => client.resetAndDestroy()).on("close", () => client.destroy());
  });
  server.listen({ fd: 3 });
}
