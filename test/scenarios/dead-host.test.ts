import { afterAll, beforeAll, expect, test } from "vitest";
import { Bench, changes } from "./bench.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start("hv1", "hv2", "hv3");
});
afterAll(() => bench?.stop());

const fleet = `
for (const [index, host] of ["hv1", "hv2", "hv3"].entries()) {
  const bridge = new kvmnet.Bridge(\`\${host}-br\`, { host, name: "br0", addresses: [\`10.40.\${index}.1/24\`] });
  const network = new kvmnet.NatNetwork(\`\${host}-br\`, { bridge });
  new kvmnet.PortForward(\`\${host}-ssh\`, { network, target: \`10.40.\${index}.10\`, ports: [{ port: 2222, targetPort: 22 }] });
}`;

test("one dead host in a fleet of three: preview says what is deferred, and the other two are complete", async () => {
  await bench.hosts[1]?.powerCut();
  const stack = await bench.stack(fleet);
  const preview = await stack.preview("--diff", "--show-full-output");
  expect(preview.exitCode).toBe(0);
  expect(preview.stdout).toMatch(/deferred.*hv2 did not answer/);

  const up = await stack.up("--continue-on-error");
  expect(up.exitCode).not.toBe(0);
  expect(changes(up).create).toBeGreaterThanOrEqual(6);
  for (const host of [bench.hosts[0], bench.hosts[2]]) {
    expect((await host?.exec("nft list map inet kvmnet_br0 any4"))?.stdout).toContain("tcp . 2222");
  }
  await bench.hosts[1]?.powerOn();
  const healed = await stack.up();
  expect(healed.exitCode).toBe(0);
  expect((await bench.hosts[1]?.exec("nft list map inet kvmnet_br0 any4"))?.stdout).toContain("tcp . 2222");
});
