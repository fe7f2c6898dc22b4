import { afterAll, beforeAll, expect, test } from "vitest";
import { differences, type QuickHost, type Snapshot } from "../lab/quick/index.ts";
import type { Run, Stack } from "../lab/stack.ts";
import { changes, program, succeeded, Testbed } from "../lab/testbed.ts";

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

/** What the run says is left behind on the dead host. */
function leftBehind({ stdout }: Run): string[] {
  const said = /hv2 did not answer; left behind on it: (.*)\. hv2 \(/g;
  return [...stdout.matchAll(said)].flatMap(([, keys = ""]) => keys.split(", "));
}
const everything = ["link br0", "ruleset inet kvmnet_br0", "elements inet kvmnet_br0 hv2-ssh"];

test("taken out of the program, deleteUnreachable lets the dead one go, and the others stay", async () => {
  const others = await Promise.all(alive.map((host) => host.snapshot()));
  await stack.write(program(fleet.replace("const bridge", 'if (host === "hv2") continue;\n  const bridge')));
  blamesTheDeadAlone(await stack.up("--continue-on-error"));
  await stack.config("kvmnet:deleteUnreachable", "true");
  expect(leftBehind(succeeded(await stack.up()))).toEqual(expect.arrayContaining(everything));
  expect((await known()).filter((name) => name.startsWith("hv2"))).toEqual([]);
  expect(await known()).toHaveLength(6);
  for (const [index, host] of alive.entries())
    expect(differences(others[index] ?? {}, await host.snapshot())).toEqual([]);
});

test("a host that was given up and comes back: the same stack takes over what it left", async () => {
  await dead.powerOn();
  expect(await forwards(dead)).toContain("tcp . 2222");
  await stack.config("kvmnet:deleteUnreachable", "false");
  await stack.write(program(fleet));
  succeeded(await stack.up());
  succeeded(await stack.up("--expect-no-changes"));
});

test("a destroy empties the others; deleteUnreachable lets what is left in the state go", async () => {
  await dead.powerCut();
  blamesTheDeadAlone(await stack.destroy("--continue-on-error"));
  const [one, , three] = before as [Snapshot, Snapshot, Snapshot];
  const [first, second] = alive as [QuickHost, QuickHost];
  expect(differences(one, await first.snapshot())).toEqual([]);
  expect(differences(three, await second.snapshot())).toEqual([]);
  // What could not even be asked for its part keeps what it hangs on.
  expect((await known()).sort()).toEqual(["hv2-br", "hv2-br", "hv2-ssh"]);

  await stack.config("kvmnet:deleteUnreachable", "true");
  const destroy = succeeded(await stack.destroy("--run-program"));
  expect(await known()).toEqual([]);
  expect(leftBehind(destroy)).toEqual(expect.arrayContaining(everything));

  await dead.powerOn();
  await stack.config("kvmnet:deleteUnreachable", "false");
  succeeded(await stack.up());
  succeeded(await stack.destroy());
  expect(differences(before[1] ?? {}, await dead.snapshot())).toEqual([]);
});
