/** A stack on quick hosts: what every scenario starts from. */
import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { knownAt } from "./detour.ts";
import { TcpProxy } from "./proxy.ts";
import { QuickHost, type QuickHostOptions } from "./quick/index.ts";
import { type Run, type Running, Stack, type StackOptions } from "./stack.ts";

/** A program of one file, with the imports that all have. */
export function program(body: string): Record<string, string> {
  return {
    "index.ts": `import * as pulumi from "@pulumi/pulumi";\nimport * as kvmnet from "pulumi-kvmnet";\n${body}\n`,
  };
}

/** The network that most scenarios build on: no dummy interface, since the kernel here may have none. */
export const network = (options: { reservations?: string; extra?: string; coexist?: readonly string[] } = {}) => `
const bridge = new kvmnet.Bridge("br0", { addresses: ["10.10.10.1/24"] });
const network = new kvmnet.NatNetwork("br0", { bridge${options.coexist ? `, coexist: ${JSON.stringify(options.coexist)}` : ""} });
const dhcp = new kvmnet.DnsmasqInstance("br0", {
  bridge, domain: "lab.internal", ranges: ["10.10.10.100-10.10.10.150"],
  reservations: [${options.reservations ?? `{ mac: "52:54:00:00:00:10", address: "10.10.10.10", hostname: "web" }`}],
});
${options.extra ?? ""}
`;

/** A forward of tcp 8080 to port 80 of the guest that `network` reserves 10.10.10.10 for. */
export const forward = `const web = new kvmnet.PortForward("web", { network, target: "10.10.10.10", ports: [{ port: 8080, targetPort: 80 }] });`;

/** Hosts that boot at the same time. */
const AT_ONCE = 5;

/** Hosts with the SSH configuration to reach them, and stacks on them; all of it ends with `stop`. */
export class Testbed {
  readonly hosts: QuickHost[];
  readonly #dir: string;
  readonly #stacks: Stack[] = [];
  readonly #proxies: TcpProxy[] = [];

  private constructor(hosts: QuickHost[], dir: string) {
    this.hosts = hosts;
    this.#dir = dir;
  }

  /** With hosts of these names, or made as said. */
  static async start(...wanted: (string | QuickHostOptions)[]): Promise<Testbed> {
    const hosts: QuickHost[] = [];
    // Hosts that boot all at once on few cores time out.
    for (let at = 0; at < wanted.length; at += AT_ONCE) {
      const some = wanted.slice(at, at + AT_ONCE);
      const options = some.map((one) => (typeof one === "string" ? { name: one } : one));
      hosts.push(...(await Promise.all(options.map((one) => QuickHost.start(one)))));
    }
    const dir = await mkdtemp(join(tmpdir(), "kvmnet-testbed-"));
    const testbed = new Testbed(hosts, dir);
    await writeFile(testbed.sshConfig, hosts.map((host) => `Include ${host.sshConfig}\n`).join(""));
    return testbed;
  }

  /** The first host. */
  get host(): QuickHost {
    const [host] = this.hosts;
    if (!host) throw new Error("the testbed has no host");
    return host;
  }

  get sshConfig(): string {
    return join(this.#dir, "ssh_config");
  }

  /** A stack whose default host is the testbed's first. */
  async stack(body: string, options: Partial<StackOptions> = {}): Promise<Stack> {
    const stack = await stackOn({ name: this.host.name, sshConfig: this.sshConfig }, body, options);
    this.#stacks.push(stack);
    return stack;
  }

  /** A proxy before a host's sshd (the first's if not given), under a name of its own in the SSH configuration. */
  async proxy(name: string, delayMs = 0, host = this.host): Promise<TcpProxy> {
    const proxy = await TcpProxy.start({ port: host.port }, { delayMs });
    this.#proxies.push(proxy);
    const knownHosts = this.knownHosts(name);
    await writeFile(knownHosts, knownAt(proxy.port, await readFile(host.knownHosts, "utf8")));
    const lines = [
      `Host ${name}`,
      "  HostName 127.0.0.1",
      `  Port ${proxy.port}`,
      "  User root",
      `  IdentityFile ${host.identityFile}`,
      `  UserKnownHostsFile ${knownHosts}`,
    ];
    await appendFile(this.sshConfig, `${lines.join("\n")}\n`);
    return proxy;
  }

  /** The file with the host key that is expected through the proxy of that name. */
  knownHosts(name: string): string {
    return join(this.#dir, `known_hosts-${name}`);
  }

  async stop(): Promise<void> {
    for (const proxy of this.#proxies) await proxy.close();
    for (const stack of this.#stacks) await stack.dispose();
    await Promise.all(this.hosts.map((host) => host.stop()));
    await rm(this.#dir, { recursive: true, force: true });
  }
}

/** A stack whose default host is this one, as that SSH configuration reaches it. */
export function stackOn(
  host: { name: string; sshConfig: string },
  body: string,
  options: Partial<StackOptions> = {},
): Promise<Stack> {
  return Stack.create({
    program: program(body),
    ...options,
    config: { "kvmnet:host": host.name, ...options.config },
    env: { KVMNET_SSH_CONFIG: host.sshConfig, ...options.env },
  });
}

/** The run, if it succeeded. @throws with all that it printed otherwise. */
export function succeeded(run: Run): Run {
  if (run.exitCode !== 0) throw new Error(`${run.command} ended with ${run.exitCode}\n${run.stdout}\n${run.stderr}`);
  return run;
}

/** How many resources a run changed, from its summary: `{ create: 2, same: 1 }`. */
export function changes(run: Run): Record<string, number> {
  const summary = run.events.findLast((event) => "summaryEvent" in event) as
    | { summaryEvent: { resourceChanges?: Record<string, number> } }
    | undefined;
  return summary?.summaryEvent.resourceChanges ?? {};
}

/** How many connections the host's sshd has accepted since it booted. */
export async function connections(host: QuickHost): Promise<number> {
  const { stdout } = await host.exec("journalctl -q -u ssh -o cat | grep -c '^Accepted ' || true");
  return Number(stdout);
}

/**
 * Starts a run, and calls back when the host has its first request and cannot begin with it, for the lock is held; then the
 * lock is let go of.
 */
export async function whileLocked(
  host: QuickHost,
  start: () => Running,
  meanwhile: (running: Running) => Promise<unknown>,
): Promise<Running> {
  const held = "exec 9> /run/kvmnet/lock; flock 9; touch /tmp/held; until [ -e /tmp/go ]; do sleep 0.1; done";
  const holding = host.exec(`mkdir -p /run/kvmnet; ${held}`, { timeout: 120_000 });
  await host.exec("until [ -e /tmp/held ]; do sleep 0.1; done");
  const running = start();
  try {
    await host.exec("until ls -d /run/kvmnet/tx/*.[0-9]*; do sleep 0.1; done");
    await meanwhile(running);
  } finally {
    await host.exec("touch /tmp/go");
    await holding;
    await host.exec("rm /tmp/go /tmp/held");
  }
  return running;
}
