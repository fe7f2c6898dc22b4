/** What docs/troubleshooting.md has people do at a host's console. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkout } from "../lab/engine/project.ts";
import { differences, type QuickHost, type Snapshot } from "../lab/quick/index.ts";
import { forward, network, succeeded, Testbed } from "../lab/testbed.ts";

let testbed: Testbed;
let host: QuickHost;
let before: Snapshot;

beforeAll(async () => {
  testbed = await Testbed.start("hv1");
  host = testbed.host;
  before = await host.snapshot();
  succeeded(await (await testbed.stack(network({ extra: forward }))).up());
});
afterAll(() => testbed?.stop());

/** The page's commands under a heading or sentence. */
async function commands(after: string): Promise<string> {
  const page = await readFile(join(checkout, "docs", "troubleshooting.md"), "utf8");
  const block = page.slice(page.indexOf(after)).match(/```sh\n(.*?)```/s)?.[1];
  if (!block) throw new Error(`no commands after: ${after}`);
  return block;
}

test("the undoing by hand changes nothing where all is finished", async () => {
  const stands = await host.snapshot();
  await host.exec(await commands("Nobody can reach a host"));
  expect(differences(stands, await host.snapshot())).toEqual([]);
});

test("what takes everything away by hand leaves an empty folder", async () => {
  const byHand = await commands("## Without this program");
  expect(byHand).toMatch(/^reboot$/m);
  const { stdout } = await host.exec(byHand.replace(/^reboot$/m, ""));
  expect(stdout.split("\n")).toContain("/etc/kvmnet");
  await host.reboot();
  const left = differences(before, await host.snapshot());
  expect(left.map(({ key }) => key)).toEqual(["file:/etc/dnsmasq.d-available"]);
});
