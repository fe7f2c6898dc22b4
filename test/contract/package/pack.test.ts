import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..", "..");
const scratch = await mkdtemp(join(tmpdir(), "kvmnet-pack-"));
afterAll(() => rm(scratch, { recursive: true, force: true }));

/** What a user needs, and nothing of the workshop. */
const expected =
  /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|dist\/(provider|sdk|cli)\/.*\.(js|d\.ts)|dist\/provider\/host\/(runtime|look)\/[a-z-]+\.sh)$/;

/** As `pulumi new typescript` sets the compiler, which then knows nothing of "exports"; and as it is set today. */
const compilers = ["--module commonjs --moduleResolution node10 --ignoreDeprecations 6.0", "--module nodenext"].map(
  (settings) => ["--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", ...settings.split(" ")],
);

let [project, contents]: [string, string[]] = ["", []];
beforeAll(async () => {
  const { stdout: packed } = await execa("npm", ["pack", "--json", "--pack-destination", scratch], { cwd: root });
  const [{ files }] = JSON.parse(packed.slice(packed.indexOf("[\n"))) as [{ files: { path: string }[] }];
  contents = files.map(({ path }) => path);
  const [tarball] = (await readdir(scratch)).filter((name) => name.endsWith(".tgz"));
  project = await mkdtemp(join(scratch, "project-"));
  await writeFile(join(project, "package.json"), JSON.stringify({ name: "empty", private: true, type: "module" }));
  // No install scripts: whatever needed a compiler would be missing then.
  await execa("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", join(scratch, tarball ?? "")], {
    cwd: project,
  });
}, 120_000);

test("the package has what a user needs, and nothing else", () => {
  expect(contents.filter((path) => !expected.test(path))).toEqual([]);
});

test("it works in an empty project, without a compiler or a plugin", async () => {
  const program = `
    import * as pulumi from "@pulumi/pulumi";
    import { createRequire } from "node:module";
    import { strict as assert } from "node:assert";
    const seen = [];
    await pulumi.runtime.setMocks({
      newResource: (args) => { seen.push(args); return { id: args.name, state: args.inputs }; },
      call: () => ({}),
    }, "project", "stack");
    const kvmnet = await import("pulumi-kvmnet");
    const bridge = new kvmnet.Bridge("br0", { host: "hv1", addresses: ["10.10.10.1/24"] });
    await new Promise((resolve) => bridge.id.apply(resolve));
    assert.equal(seen[0].type, "pulumi-nodejs:dynamic/kvmnet:Bridge");
    const { bridge: handler } = createRequire(import.meta.url)("pulumi-kvmnet/provider");
    const checked = await handler.check({}, { name: "way-too-long-a-name", host: "hv1", self: "urn:pulumi:s::p::t::n" });
    assert.match(checked.failures[0].reason, /the kernel allows 15/);
    const { mocks } = await import("pulumi-kvmnet/testing");
    const host = mocks({ hosts: { hv2: {} } });
    await pulumi.runtime.setMocks(host, "project", "stack");
    new kvmnet.VirtualNetwork("lab", { host: "hv2", ipv4Cidr: "10.10.10.0/24" });
    const { plan } = await host.resource("NatNetwork", "lab");
    assert.match(plan["ruleset inet kvmnet_lab"], /10\\.10\\.10\\.0\\/24/);
    console.log("works");`;
  const [bundled, licence] = await Promise.all(
    ["pulumi-kvmnet/dist/provider/host/provider.js", "zod/LICENSE"].map((path) =>
      readFile(join(project, "node_modules", path), "utf8"),
    ),
  );
  expect(bundled).toContain(licence?.trim());
  await writeFile(join(project, "index.mjs"), program);
  const { stdout } = await execa(process.execPath, ["index.mjs"], { cwd: project });
  expect(stdout).toContain("works");
  const { stdout: entry } = await execa("npx", ["--no-install", "kvmnet", "sudoers", "ops"], { cwd: project });
  expect(entry).toContain('"ops" ALL=(root) NOPASSWD: KVMNET_OPS');
});

test("it is there for CommonJS too, and for TypeScript however it looks for modules", async () => {
  const source = `
    import * as kvmnet from "pulumi-kvmnet";
    import { mocks } from "pulumi-kvmnet/testing";
    export const bridge: kvmnet.Bridge = new kvmnet.Bridge("br0", { host: "hv1", addresses: ["10.10.10.1/24"] });
    export const host = mocks({ hosts: {} });`;
  await writeFile(join(project, "template.cts"), source);
  for (const settings of compilers) {
    const { stdout: mistakes } = await execa(join(root, "node_modules/.bin/tsc"), [...settings, "template.cts"], {
      cwd: project,
      reject: false,
    });
    expect(mistakes).toBe("");
  }
  const loaded = `console.log(typeof require("pulumi-kvmnet").Bridge, typeof require("pulumi-kvmnet/testing").mocks)`;
  const { stdout: types } = await execa(process.execPath, ["--eval", loaded], { cwd: project });
  expect(types).toBe("function function");
});
