/**
 * Runs one of the lab's TypeScript files from a fresh clone: `node test/lab/bootstrap.mjs FILE [ARGUMENT …]`.
 * Installs the dependencies, gets a Node new enough, compiles the package, each only where needed, and hands over.
 * Plain JavaScript for Node 20: it runs before anything is installed.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { environment, node, root, steps } from "./engine/setup.mjs";

const self = fileURLToPath(import.meta.url);

async function prepare() {
  for (const { title, done, make } of steps) {
    if (done()) continue;
    const started = Date.now();
    const seconds = () => `(${((Date.now() - started) / 1000).toFixed(1)} s)`;
    process.stderr.write(`… ${title}\n`);
    const beat = setInterval(() => process.stderr.write(`… ${title} ${seconds()}\n`), 20_000);
    try {
      await make();
    } finally {
      clearInterval(beat);
    }
    if (!done()) throw new Error(`${title}: still not there after ${seconds()}`);
    process.stderr.write(`✓ ${title} ${seconds()}\n`);
  }
}

/** Prepares in a child under flock(1), so that two runs at once do not install over each other. */
function prepareLocked() {
  if (steps.every(({ done }) => done())) return 0;
  const cache =
    process.env.KVMNET_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "pulumi-kvmnet");
  mkdirSync(cache, { recursive: true });
  const lock = join(cache, `checkout-${createHash("sha256").update(root).digest("hex").slice(0, 8)}.lock`);
  const child = spawnSync("flock", [lock, process.execPath, self, "--prepare"], { stdio: "inherit" });
  if (child.error) throw new Error(`flock (of util-linux): ${child.error.message}`);
  return child.status ?? 1;
}

/** Runs the file under the Node of node_modules and passes on its exit code, or 128 + the signal's number. */
function handOver(file, args) {
  const child = spawn(node, ["--disable-warning=ExperimentalWarning", file, ...args], {
    stdio: "inherit",
    env: environment(),
  });
  // A terminal sends Ctrl-C to both; the child decides when to end.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  child.once("error", (error) => fail(error));
  child.once("close", (code, signal) =>
    process.exit(code ?? 128 + ({ SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[signal] ?? 0)),
  );
}

function fail(error) {
  process.stderr.write(`✗ ${error.message}\n`);
  process.exit(1);
}

const [file, ...args] = process.argv.slice(2);
try {
  if (file === "--prepare") await prepare();
  else if (!file) throw new Error("usage: node test/lab/bootstrap.mjs FILE [ARGUMENT …]; --prepare only sets up");
  else {
    const status = prepareLocked();
    if (status !== 0) process.exit(status);
    handOver(file, args);
  }
} catch (error) {
  fail(error);
}
