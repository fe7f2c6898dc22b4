import { afterAll, beforeAll, expect, test } from "vitest";
import { differences, type QuickHost } from "../lab/quick/index.ts";
import { changes, forward, network, stackOn, succeeded, Testbed } from "../lab/testbed.ts";

/** Somebody has lost the state of a stack, and the host has all that it made. */
let testbed: Testbed;
let host: QuickHost;

const body = network({ extra: forward });

beforeAll(async () => {
  testbed = await Testbed.start("hv1");
  host = testbed.host;
});
afterAll(() => testbed?.stop());

test("a stack of the same name, of a project of the same name, takes over what is there; another one is told whose it is", async () => {
  const before = await host.snapshot();
  const lost = await testbed.stack(body);
  succeeded(await lost.up());
  const bridge = async () => (await host.exec("ip -o link show dev br0; ip -o addr show dev br0")).stdout;
  const stood = await bridge();

  const other = await testbed.stack(body, { stack: "other" });
  const refused = await other.up();
  expect(refused.exitCode).not.toBe(0);
  expect(refused.stdout).toContain(
    'belongs to stack kvmnet-lab/lab (Bridge "br0"). Remove it there first, or choose another name. If its state is lost: a stack of that name, of a project of that name, takes it over.',
  );

  const again = await stackOn({ name: host.name, sshConfig: testbed.sshConfig }, body);
  expect(changes(succeeded(await again.up()))).toEqual({ create: 5 });
  expect(await bridge()).toBe(stood);
  succeeded(await again.refresh("--expect-no-changes"));
  succeeded(await again.destroy());
  expect(differences(before, await host.snapshot())).toEqual([]);
  await again.dispose();
});
