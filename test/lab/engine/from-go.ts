/** The engine built from Go modules, with the lab's stand-in for the language host, which is not among them. */
import { createHash } from "node:crypto";
import { chmod, copyFile, cp, link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { buildOnce, cacheDir } from "../cache.ts";
import { type Note, step } from "../progress.ts";
import type { Engine } from "./index.ts";
import { findGo } from "./toolchain.ts";

/** Pinned together with `go/go.mod` and `go/go.sum`. The newest tag is not always complete on the module proxy. */
const VERSION = "3.259.0";
const PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";

/** About how many Go packages the build compiles; for the display of progress only. */
const PACKAGES = 1_550;

const here = dirname(fileURLToPath(import.meta.url));
const checkout = join(here, "..", "..", "..");

/**
 * Builds the engine (about 4 minutes on 2 cores, 2 GB of room while it runs, 120 MB after) or takes it from the cache.
 * @throws if there is no Go that will do and none can be installed, or the build fails.
 */
export async function fromGo(): Promise<Engine> {
  const built = await buildOnce(`engine/pulumi-${VERSION}`, build);
  const binDir = await assemble(join(built, "pulumi"));
  return { pulumi: join(binDir, "pulumi"), binDir, version: VERSION, origin: "built" };
}

function build(dir: string): Promise<void> {
  return step(`Pulumi engine ${VERSION} from Go modules`, (note) => compile(dir, note));
}

async function compile(dir: string, note: Note): Promise<void> {
  const go = await findGo(dir, note);
  const work = join(dir, "work");
  await cp(join(here, "go"), work, { recursive: true });
  // Go's own caches go with the directory: nothing of the lab's lands in the user's home.
  const env = {
    ...go.env,
    GOMODCACHE: join(work, "mod"),
    GOCACHE: join(work, "cache"),
    GOPATH: work,
    CGO_ENABLED: "0",
  };
  const flag = `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${VERSION}`;
  const args = [
    "build",
    "-v",
    "-trimpath",
    "-modcacherw",
    "-ldflags",
    `-s -w ${flag}`,
    "-o",
    join(dir, "pulumi"),
    PACKAGE,
  ];
  const child = execa(go.path, args, { cwd: work, env, reject: false, stdin: "ignore" });
  let downloads = 0;
  let compiled = 0;
  for await (const line of child.iterable({ from: "stderr" })) {
    if (line.startsWith("go: downloading")) downloads++;
    else compiled++;
    note(compiled ? `about ${compiled} of ${PACKAGES} packages` : `${downloads} modules fetched`);
  }
  const { exitCode, stderr } = await child;
  if (exitCode !== 0) throw new Error(`go build failed: ${stderr.split("\n").slice(-8).join("\n")}`);
  await rm(work, { recursive: true, force: true });
}

/**
 * Puts the engine and what it starts into one directory of this checkout. The engine warns about what it finds on PATH
 * and not beside itself, and it looks up its own real path: so `pulumi` is a hard link or a copy, not a symbolic link.
 */
async function assemble(binary: string): Promise<string> {
  const checkoutId = createHash("sha256").update(checkout).digest("hex").slice(0, 8);
  const dir = join(cacheDir(), "engine", `bin-${VERSION}-${checkoutId}`);
  await mkdir(dir, { recursive: true });
  const pulumi = join(dir, "pulumi");
  await link(binary, pulumi).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") await copyFile(binary, pulumi);
  });
  const node = join(checkout, "node_modules", ".bin", "node");
  await program(
    join(dir, "pulumi-language-nodejs"),
    `#!/bin/sh\nexec '${node}' '${join(here, "language-host.ts")}' "$@"\n`,
  );
  // The package's own wrapper, as the vendor ships it; it runs the `node` it finds on PATH.
  const sdk = dirname(createRequire(import.meta.url).resolve("@pulumi/pulumi/package.json"));
  await program(
    join(dir, "pulumi-resource-pulumi-nodejs"),
    await readFile(join(sdk, "pulumi-resource-pulumi-nodejs"), "utf8"),
  );
  return dir;
}

/** Writes an executable by rename, since another run may be executing the old one. */
async function program(path: string, text: string): Promise<void> {
  const old = await readFile(path, "utf8").catch(() => undefined);
  if (old === text) return;
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, text);
  await chmod(temporary, 0o755);
  await rename(temporary, path);
}
