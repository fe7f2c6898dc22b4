import { afterAll, beforeAll, expect, test } from "vitest";
import { differences, type QuickHost, type Snapshot } from "../lab/quick/index.ts";
import type { Run, Stack } from "../lab/stack.ts";
import { changes, succeeded, Testbed } from "../lab/testbed.ts";

let testbed: Testbed;
let stack: Stack;
let alive: QuickHost[];
let dead: QuickHost;
let before: Snapshot[];
beforeAll(async () => {
  testbed = await Testbed.start("hv1", "hv2", "hv3");
  const [one, two, three] = testbed.hosts as [QuickHost, QuickHost, QuickHost];
  alive = [one, three];
  dead = two;
  stack = await testbed.stack(fleet);
  before = await Promise.all(testbed.hosts.map((host) => host.snapshot()));
});
afterAll(() => testbed?.stop());

const fleet = `
for (const [index, host] of ["hv1", "hv2", "hv3"].entries()) {
  const bridge = new kvmnet.Bridge(\`\${host}-br\`, { host, name: "br0", addresses: [\`10.40.\${index}.1/24\`] });
  const network = new kvmnet.NatNetwork(\`\${host}-br\`, { bridge });
  new kvmnet.PortForward(\`\${host}-ssh\`, { network, target: \`10.40.\${index}.10\`, ports: [{ port: 2222, targetPort: 22 }] });
}`;
const forwards = async (host: QuickHost) => (await host.exec("nft list map inet kvmnet_br0 any4")).stdout;
/** The run's errors about resources, each under its heading: all are about the dead host. */
function blamesTheDeadAlone(run: Run): void {
  expect(run.exitCode).not.toBe(0);
  const text = run.stdout.slice(run.stdout.indexOf("Diagnostics:")) + run.stderr;
  const headings = [...text.matchAll(/^ {2}pulumi-nodejs:dynamic\/kvmnet:\w+ \((\S+)\):\n +error: (.*)/gm)];
  expect(headings.length).toBeGreaterThan(0);
  for (const [, name, error] of headings) {
    expect(name).toMatch(/^hv2-/);
    expect(error).toMatch(/hv2 \(.*\) does not answer over SSH/);
  }
}
/** Names of the resources that are in the state. */
const known = async () =>
  ((await stack.export()).deployment.resources ?? [])
    .map(({ urn }) => urn.split("::").at(-1) ?? "")
    .filter((name) => name.startsWith("hv"));

test("one dead host in a fleet of three: preview says what is deferred, and the other two are complete", async () => {
  await dead.powerCut();
  const preview = await stack.preview("--diff", "--show-full-output");
  expect(preview.exitCode).toBe(0);
  expect(preview.stdout).toMatch(/deferred.*hv2 did not answer/);

  const up = await stack.up("--continue-on-error");
  blamesTheDeadAlone(up);
  expect(changes(up).create).toBeGreaterThanOrEqual(6);
  for (const host of alive) expect(await forwards(host)).toContain("tcp . 2222");
  await dead.powerOn();
  succeeded(await stack.up());
  expect(await forwards(dead)).toContain("tcp . 2222");
});

test("a refresh sees what changed on the others, and an up mends it and asks nothing of the dead one", async () => {
  await dead.powerCut();
  const [one] = alive as [QuickHost, QuickHost];
  await one.exec("nft flush map inet kvmnet_br0 any4");
  const refresh = await stack.refresh();
  blamesTheDeadAlone(refresh);
  const up = succeeded(await stack.up());
  expect(changes(up)).toMatchObject({ update: 1 });
  expect(await forwards(one)).toContain("tcp . 2222");
});

test("a destroy empties the others; deleteUnreachable lets the dead one go and says what stays behind", async () => {
  blamesTheDeadAlone(await stack.destroy("--continue-on-error"));
  const left = ["hv2-br", "hv2-br", "hv2-ssh"];
  const [one, , three] = before as [Snapshot, Snapshot, Snapshot];
  const [first, second] = alive as [QuickHost, QuickHost];
  expect(differences(one, await first.snapshot())).toEqual([]);
  expect(differences(three, await second.snapshot())).toEqual([]);
  const names = (await known()).sort();
  // What could not even be asked for its part keeps what it hangs on.
  expect(names).toEqual(left);

  await stack.config("kvmnet:deleteUnreachable", "true");
  const destroy = succeeded(await stack.destroy("--run-program"));
  expect(await known()).toEqual([]);
  const said = /hv2 did not answer; left behind on it: (.*)\. hv2 \(/g;
  const behind = [...destroy.stdout.matchAll(said)].flatMap(([, keys = ""]) => keys.split(", "));
  expect(behind).toContain("link br0");
  expect(behind).toContain("ruleset inet kvmnet_br0");
  expect(behind).toContain("elements inet kvmnet_br0 hv2-ssh");
});

test("a host that was given up and comes back: the same stack takes over what it left, and leaves it clean", async () => {
  await dead.powerOn();
  expect(await forwards(dead)).toContain("tcp . 2222");
  await stack.config("kvmnet:deleteUnreachable", "false");
  succeeded(await stack.up());
  succeeded(await stack.up("--expect-no-changes"));
  succeeded(await stack.destroy());
  expect(differences(before[1] ?? {}, await dead.snapshot())).toEqual([]);
});
