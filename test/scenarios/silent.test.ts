import { once } from "node:events";
import { appendFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TcpProxy } from "../lab/proxy.ts";
import type { QuickHost } from "../lab/quick/index.ts";
import type { Run, Stack } from "../lab/stack.ts";
import { changes, program, succeeded, Testbed, whileLocked } from "../lab/testbed.ts";

/** No single attempt takes longer than the product waits for a transaction; an engine that hangs never ends. */
const DEADLINE_MS = 180_000;
let testbed: Testbed;
beforeAll(async () => {
  testbed = await Testbed.start("hv1", "hv2");
});
afterAll(() => testbed?.stop());

const body = (bridge: string, subnet: string, forwards: number) => `
const bridge = new kvmnet.Bridge("${bridge}", { addresses: ["${subnet}.1/24"] });
const network = new kvmnet.NatNetwork("${bridge}", { bridge });
for (let n = 0; n < ${forwards}; n++) {
  new kvmnet.PortForward(\`${bridge}-\${n}\`, { network, target: "${subnet}.10", ports: [7000 + n] });
}`;

/** A stack behind a proxy of its own, its network made, with forwards to make in the next run. */
async function prepared(host: QuickHost, bridge: string, subnet: string): Promise<{ stack: Stack; proxy: TcpProxy }> {
  const proxy = await testbed.proxy(bridge, 0, host);
  const config = { "kvmnet:host": bridge };
  const stack = await testbed.stack(body(bridge, subnet, 0), { project: bridge, config });
  succeeded(await stack.up());
  await stack.write(program(body(bridge, subnet, 5)));
  proxy.reset();
  return { stack, proxy };
}
const count = async (host: QuickHost, bridge: string) =>
  Number((await host.exec(`nft list map inet kvmnet_${bridge} any4 | grep -o 'tcp \\. ' | wc -l`)).stdout);
const all = (run: Run) => run.stdout + run.stderr;

describe.concurrent("a server that stops answering", () => {
  test("in the middle of a request, on one connection: the same request over another one", async () => {
    const { stack, proxy } = await prepared(testbed.host, "bra", "10.31.0");
    const silenced = async () => {
      // The first connection was that of the run before.
      proxy.fate = ({ connection }) => (connection === 2 ? "swallow" : "pass");
    };
    const up = succeeded(await (await whileLocked(testbed.host, () => stack.spawn(["up"]), silenced)).done);
    expect(changes(up)).toMatchObject({ create: 5 });
    expect(proxy.counts.connections).toBe(2);
    expect(await count(testbed.host, "bra")).toBe(5);
    succeeded(await stack.refresh("--expect-no-changes"));

    succeeded(await stack.destroy());
  });

  test("in the middle of a request, for good: a clear error, the engine ends, and the next up converges", async () => {
    const host = testbed.hosts[1] as QuickHost;
    const { stack, proxy } = await prepared(host, "brb", "10.32.0");
    const running = await whileLocked(
      host,
      () => stack.spawn(["up"]),
      async () => proxy.blackhole(),
    );
    const failed = await running.done;
    expect(failed.exitCode).toBeGreaterThan(0);
    expect(failed.durationMs).toBeLessThan(DEADLINE_MS);
    expect(all(failed)).toMatch(
      /The connection to brb was lost in the middle of a request: .*does not answer over SSH/,
    );
    expect(all(failed)).toContain(
      "Whether the change was made is not known; the next operation on the host finds out.",
    );
    // The host had it, and did it.
    expect(await count(host, "brb")).toBe(5);
    await proxy.accept();
    succeeded(await stack.up());
    expect(await count(host, "brb")).toBe(5);
    succeeded(await stack.up("--expect-no-changes"));
    succeeded(await stack.destroy());
  });

  test("before its first word: a clear error, and the engine ends", async () => {
    const open: Socket[] = [];
    const mute = createServer((socket) => open.push(socket.on("error", () => {}))).listen(0, "127.0.0.1");
    await once(mute, "listening");
    try {
      const { port } = mute.address() as AddressInfo;
      await appendFile(
        testbed.sshConfig,
        `Host mute\n  HostName 127.0.0.1\n  Port ${port}\n  User root\n  IdentityFile ${testbed.host.identityFile}\n`,
      );
      const config = { "kvmnet:host": "mute" };
      const stack = await testbed.stack(body("brc", "10.33.0", 1), { project: "mute", config });
      const up = await stack.up();
      expect(up.exitCode).toBeGreaterThan(0);
      expect(up.durationMs).toBeLessThan(DEADLINE_MS);
      expect(all(up)).toContain(`mute (127.0.0.1:${port}) does not answer over SSH: no answer.`);
      expect(open.length).toBeGreaterThan(0);
    } finally {
      for (const socket of open) socket.destroy();
      mute.close();
    }
  });
});
