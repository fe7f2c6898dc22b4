import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { buildOnce, cacheDir } from "./cache.ts";

describe("the cache", () => {
  let old: string | undefined;

  beforeEach(async () => {
    old = process.env.KVMNET_CACHE;
    process.env.KVMNET_CACHE = await mkdtemp(join(tmpdir(), "kvmnet-cache-"));
  });
  afterEach(async () => {
    await rm(cacheDir(), { recursive: true, force: true });
    if (old === undefined) delete process.env.KVMNET_CACHE;
    else process.env.KVMNET_CACHE = old;
  });

  test("builds once, also for two at the same time", async () => {
    let builds = 0;
    const build = async (dir: string) => {
      builds++;
      await new Promise((resolve) => setTimeout(resolve, 100));
      await writeFile(join(dir, "made"), "yes");
    };
    const dirs = await Promise.all([buildOnce("a/thing-1", build), buildOnce("a/thing-1", build)]);
    expect(builds).toBe(1);
    expect(dirs).toEqual([join(cacheDir(), "a/thing-1"), join(cacheDir(), "a/thing-1")]);
    expect(await readFile(join(dirs[0] ?? "", "made"), "utf8")).toBe("yes");
  });

  test("keeps nothing of a build that fails", async () => {
    await expect(buildOnce("thing", () => Promise.reject(new Error("no room")))).rejects.toThrow("no room");
    expect(await readdir(cacheDir())).toEqual(["thing.lock"]);
  });

  test("a killed builder leaves neither its lock nor its rest", async () => {
    const script = `import { buildOnce } from ${JSON.stringify(join(import.meta.dirname, "cache.ts"))};
      await buildOnce("thing", () => { console.log("building"); return new Promise((resolve) => setTimeout(resolve, 60_000)); });`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script]);
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    await once(child, "close");
    const dir = await buildOnce("thing", (into) => writeFile(join(into, "made"), ""));
    expect(existsSync(join(dir, "made"))).toBe(true);
    expect((await readdir(cacheDir())).sort()).toEqual(["thing", "thing.lock"]);
  });
});
