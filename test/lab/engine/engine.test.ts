import { existsSync, readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Stack } from "../stack.ts";
import { descendants } from "./processes.ts";

const URN = "urn:pulumi:lab::kvmnet-lab::pulumi-nodejs:dynamic/lab:Thing::one";

/** A resource by hand, with the provider string that design.md fixes, and a handler that leaves a trace of its calls. */
const program = {
  "index.ts": `
    import * as pulumi from "@pulumi/pulumi";
    const config = new pulumi.Config();
    class Thing extends pulumi.CustomResource {
      declare readonly made: pulumi.Output<string>;
      constructor(name: string, args: Record<string, pulumi.Input<unknown>>) {
        const fixed = { __provider: 'exports.handler=()=>require("lab-thing").thing', made: undefined };
        super("pulumi-nodejs:dynamic/lab:Thing", name, { ...fixed, ...args });
      }
    }
    const size: number = config.requireNumber("size");
    export const made = new Thing("one", { size, delayMs: config.getNumber("delay") ?? 0 }).made;
    export const token = config.requireSecret("token");
  `,
  "node_modules/lab-thing/package.json": '{ "name": "lab-thing", "type": "module", "exports": "./index.js" }',
  "node_modules/lab-thing/index.js": `
    export const thing = {
      async check(olds, news) { return { inputs: { ...news, plan: "size " + news.size } }; },
      async diff(id, olds, news) { return { changes: olds.plan !== news.plan }; },
      async create(inputs) {
        await new Promise((resolve) => setTimeout(resolve, inputs.delayMs));
        return { id: "x", outs: { ...inputs, made: process.version } };
      },
      async update(id, olds, news) { return { outs: { ...news, made: process.version } }; },
      async read(id, props) {
        const plan = process.env.LAB_DRIFT ?? props.plan;
        return { id, props: { ...props, plan }, inputs: { size: props.size, delayMs: props.delayMs, plan } };
      },
      async delete() {},
    };
  `,
};

describe("the engine with the lab's language host", () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await Stack.create({ program, config: { size: "1", token: { secret: "s3cret" } } });
  }, 900_000);
  afterAll(() => stack?.dispose());

  test("a preview shows what check returned and creates nothing", async () => {
    const run = await stack.preview("--diff");
    expect(run).toMatchObject({ exitCode: 0, stderr: "" });
    expect(run.stdout).toContain('plan      : "size 1"');
    expect((await stack.export()).deployment.resources ?? []).toEqual([]);
  });

  test("up creates the resource under the node of node_modules", async () => {
    const run = await stack.up();
    expect(run).toMatchObject({ exitCode: 0, stderr: "" });
    expect(run.events.find((event) => event.summaryEvent)?.summaryEvent?.resourceChanges).toEqual({ create: 2 });
    expect(await stack.outputs()).toEqual({ made: expect.stringMatching(/^v(2[4-9]|[3-9]\d)\./), token: "s3cret" });
    expect(JSON.stringify(await stack.export())).not.toContain("s3cret");
  });

  test("up again changes nothing", async () => {
    const run = await stack.up("--expect-no-changes");
    expect(run).toMatchObject({ exitCode: 0, stderr: "" });
  });

  test("drift is shown by refresh and undone by up", async () => {
    const refresh = await stack.run(["refresh", "--diff"], { env: { LAB_DRIFT: "by hand" } });
    expect(refresh.stdout).toMatch(/plan +: "size 1" => "by hand"/);
    const up = await stack.up("--diff");
    expect(up.stdout).toMatch(/plan +: "by hand" => "size 1"/);
  });

  test("a program that throws is reported, with its exit code", async () => {
    await stack.write({ "broken.ts": "" });
    const run = await stack.run(["config", "rm", "size"]).then(() => stack.preview());
    expect(run.exitCode).not.toBe(0);
    expect(run.stdout + run.stderr).toContain("Missing required configuration variable 'kvmnet-lab:size'");
    await stack.config("size", "1");
  });

  test("destroy deletes what up made", async () => {
    const run = await stack.destroy();
    expect(run).toMatchObject({ exitCode: 0, stderr: "" });
    expect(run.events.find((event) => event.resOutputsEvent?.metadata.urn === URN)?.resOutputsEvent?.metadata.op).toBe(
      "delete",
    );
  });

  test("a killed engine leaves a pending create and no process", async () => {
    await stack.config("delay", "60000");
    const running = stack.spawn(["up"]);
    const provider = await running.provider();
    await creating(stack);
    const started = descendants(running.pid).map((process) => process.pid);
    expect(started).toContain(provider);
    running.kill();
    expect((await running.done).exitCode).toBe(-1);
    await expect.poll(() => started.filter((pid) => existsSync(`/proc/${pid}`)), { timeout: 10_000 }).toEqual([]);
    await stack.unlock();
    const { pending_operations: pending } = (await stack.export()).deployment;
    expect(pending).toMatchObject([{ type: "creating", resource: { urn: URN } }]);
  });

  test("dispose leaves no directory", async () => {
    const other = await Stack.create({ program: { "index.ts": "export const one = 1;" } });
    expect(readdirSync(other.dir)).toContain("index.ts");
    await other.dispose();
    expect(existsSync(other.dir)).toBe(false);
  });
});

/** Waits until the state file says that the resource is being created. */
async function creating(stack: Stack): Promise<void> {
  await expect
    .poll(async () => (await stack.export()).deployment.pending_operations?.length, { timeout: 30_000, interval: 200 })
    .toBe(1);
}
