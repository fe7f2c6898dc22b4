import { afterAll, beforeAll, expect, test } from "vitest";
import type { TcpProxy } from "../lab/proxy.ts";
import type { Stack } from "../lab/stack.ts";
import { Bench, changes, network, program, succeeded } from "./bench.ts";

/** Over a link with 50 ms round trip. */
const DELAY_MS = 25;
const forwards = `
for (let n = 0; n < 30; n++) {
  new kvmnet.PortForward(\`f\${n}\`, { network, target: "10.10.10.10", ports: [{ port: 9000 + n, targetPort: 80 }] });
}`;

let bench: Bench;
let stack: Stack;
let proxy: TcpProxy;

beforeAll(async () => {
  bench = await Bench.start("hv1");
  proxy = await bench.proxy("slow", DELAY_MS);
  stack = await bench.stack(network(), { config: { "kvmnet:host": "slow" } });
  succeeded(await stack.up());
});
afterAll(() => bench?.stop());

test("thirty forwards at parallel 8 take one handshake, at most 6 requests and 40 turns", async () => {
  await stack.write("index.ts", program(network({ extra: forwards }))["index.ts"] ?? "");
  const requests = async () => Number((await bench.host.exec("ls /run/kvmnet/tx/*.report | wc -l")).stdout);
  const before = await requests();
  proxy.reset();
  const preview = succeeded(await stack.preview("--parallel", "8"));
  expect(changes(preview)).toMatchObject({ create: 30 });
  expect(proxy.counts.connections).toBe(0);

  const up = succeeded(await stack.up("--parallel", "8"));
  expect(changes(up)).toMatchObject({ create: 30 });
  const made = (await requests()) - before;
  console.log(`30 forwards: ${proxy.counts.connections} handshake, ${made} requests, ${proxy.counts.turns} turns`);
  expect(proxy.counts.connections).toBe(1);
  expect(made).toBeLessThanOrEqual(6);
  expect(proxy.counts.turns).toBeLessThanOrEqual(40);
  const { stdout } = await bench.host.exec("nft list map inet kvmnet_br0 any4 | grep -o 'tcp \\. 90' | wc -l");
  expect(Number(stdout)).toBe(30);

  proxy.reset();
  succeeded(await stack.up("--expect-no-changes"));
  expect(proxy.counts.connections).toBe(0);
  succeeded(await stack.refresh("--expect-no-changes", "--parallel", "8"));
  expect(proxy.counts.connections).toBe(1);
  proxy.reset();
  succeeded(await stack.destroy("--parallel", "8"));
  expect(proxy.counts.connections).toBe(1);
});
