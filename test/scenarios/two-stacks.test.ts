import { afterAll, beforeAll, expect, test } from "vitest";
import { network, program, succeeded, Testbed } from "../lab/testbed.ts";

let testbed: Testbed;
beforeAll(async () => {
  testbed = await Testbed.start("hv1");
});
afterAll(() => testbed?.stop());

/** Eighteen forwards on a network of the stack's own. */
const forwards = (bridge: string, subnet: string, port: number) => `
const bridge = new kvmnet.Bridge("${bridge}", { addresses: ["${subnet}.1/24"] });
const network = new kvmnet.NatNetwork("${bridge}", { bridge });
for (let n = 0; n < 18; n++) {
  new kvmnet.PortForward(\`${bridge}-\${n}\`, { network, target: "${subnet}.10", ports: [${port} + n] });
}`;

test("two stacks on one host at the same time: all there, none lost", async () => {
  const a = await testbed.stack(forwards("bra", "10.11.0", 7000), { project: "a" });
  const b = await testbed.stack(forwards("brb", "10.12.0", 8000), { project: "b" });
  const runs = await Promise.all([a.up(), b.up()]);
  for (const run of runs) succeeded(run);
  const count = async (bridge: string) =>
    Number((await testbed.host.exec(`nft list map inet kvmnet_${bridge} any4 | grep -o 'tcp \\. ' | wc -l`)).stdout);
  expect(await count("bra")).toBe(18);
  expect(await count("brb")).toBe(18);
  for (const run of await Promise.all([a.refresh("--expect-no-changes"), b.refresh("--expect-no-changes")])) {
    succeeded(run);
  }
  for (const run of await Promise.all([a.destroy(), b.destroy()])) succeeded(run);
  const { stdout } = await testbed.host.exec(
    "nft list tables; ls -d /etc/kvmnet /var/lib/kvmnet 2>/dev/null; ip -br link show type bridge",
  );
  expect(stdout).toBe("");
});

test("an object of another stack is refused, and the message names its owner", async () => {
  const several = `new kvmnet.PortForward("several", { network, target: ["10.10.10.11", "10.10.10.12"], ports: [9090] });`;
  const a = await testbed.stack(network({ extra: several }), { project: "first" });
  succeeded(await a.up());
  const b = await testbed.stack(`new kvmnet.Bridge("br0", { addresses: ["10.66.0.1/24"] });`, { project: "second" });
  const refused = await b.up();
  expect(refused.exitCode).not.toBe(0);
  expect(refused.stdout + refused.stderr).toContain('belongs to stack first/lab (Bridge "br0")');
  await b.write(program(forwards("br1", "10.67.0", 9090)));
  const taken = await b.up();
  expect(taken.exitCode).not.toBe(0);
  expect(taken.stdout + taken.stderr).toContain(
    'tcp 9090 on hv1 already goes to 10.10.10.11 (PortForward "several" of stack first/lab)',
  );
  succeeded(await b.destroy());
  succeeded(await a.refresh("--expect-no-changes"));
  succeeded(await a.destroy());
});
