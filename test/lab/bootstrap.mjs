/**
 * Runs one of the lab's TypeScript files from a fresh clone: `node test/lab/bootstrap.mjs FILE [ARGUMENT …]`.
 * Installs the dependencies, gets a Node new enough, compiles the package, each only where needed, and hands over.
 * Plain JavaScript for Node 20: it runs before anything is installed.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const self = fileURLToPath(import.meta.url);
const root = join(dirname(self), "..", "..");
const modules = join(root, "node_modules");
const node = join(modules, ".bin", "node");
const stamp = join(modules, ".kvmnet-built");

/** Set-up in its order: what is wanted, whether it is there, and how to get it. */
const steps = [
  { title: "dependencies (npm ci)", done: installed, make: () => run("npm", ["ci", "--no-audit", "--no-fund"]) },
  { title: "a Node that runs TypeScript", done: nodeRuns, make: fetchNode },
  { title: "the package (npm run build)", done: compiled, make: compile },
];

/** Whether node_modules holds what package-lock.json says; platform packages of other machines are left out of account. */
function installed() {
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const hidden = join(modules, ".package-lock.json");
  // Times say little: git and npm both write these files when they like.
  const present = existsSync(hidden) ? JSON.parse(readFileSync(hidden, "utf8")).packages : {};
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === "" || (optional && !present[path])) return true;
    return present[path]?.version === version && existsSync(join(root, path));
  });
}

/** Whether node_modules has a Node of 22.12 or newer that starts. */
function nodeRuns() {
  const { status, stdout } = spawnSync(node, ["-p", "process.versions.node"], { encoding: "utf8" });
  if (status !== 0) return false;
  const [major = 0, minor = 0] = stdout.trim().split(".").map(Number);
  return major > 22 || (major === 22 && minor >= 12);
}

/** The package `node` fetches its executable in an install script, which npm may have been told not to run. */
async function fetchNode() {
  await run("npm", ["rebuild", "node", "--foreground-scripts"]).catch(() => {});
  if (nodeRuns()) return;
  const { version } = JSON.parse(readFileSync(join(modules, "node", "package.json"), "utf8"));
  const scratch = mkdtempSync(join(tmpdir(), "kvmnet-node-"));
  try {
    const name = `node-${process.platform}-${process.arch}`;
    await run("npm", ["pack", `${name}@${version}`, "--pack-destination", scratch]);
    await run("tar", ["-xzf", join(scratch, `${name}-${version}.tgz`), "-C", scratch]);
    const bin = join(modules, "node", "bin");
    mkdirSync(bin, { recursive: true });
    // The rename is atomic only inside one file system.
    const copy = join(bin, `node.${process.pid}`);
    writeFileSync(copy, readFileSync(join(scratch, "package", "bin", "node")));
    chmodSync(copy, 0o755);
    renameSync(copy, join(bin, "node"));
    if (!existsSync(node)) await run("ln", ["-sf", "../node/bin/node", node]);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Whether dist is younger than all it is made from. */
function compiled() {
  if (!existsSync(stamp) || !existsSync(join(root, "dist", "sdk", "index.js"))) return false;
  const sources = [
    "tsconfig.json",
    "tsconfig.build.json",
    "package.json",
    ...["provider", "sdk", "cli"].flatMap(below),
  ];
  const built = statSync(stamp).mtimeMs;
  return sources.every((path) => statSync(join(root, path)).mtimeMs < built);
}

/** A directory and all in it: the time of a directory tells of removed files. */
function below(dir) {
  return [dir, ...readdirSync(join(root, dir), { recursive: true }).map((path) => join(dir, path))];
}

/** The stamp has the time at which compiling began: a file saved meanwhile is compiled the next time. */
async function compile() {
  const fresh = `${stamp}.${process.pid}`;
  writeFileSync(fresh, "");
  try {
    await run("npm", ["run", "build"]);
    renameSync(fresh, stamp);
  } finally {
    rmSync(fresh, { force: true });
  }
}

/** Runs a command; what it prints is shown only if it fails. */
function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"], env: environment() });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += data));
    child.once("error", (error) => reject(new Error(`${command}: ${error.message}`)));
    child.once("close", (code) => {
      if (code === 0) resolve(undefined);
      else reject(new Error(`${command} ${args.join(" ")}: exit code ${code}\n${excerpt(output)}`));
    });
  });
}

/** npm adds its whole usage to every mistake. */
function excerpt(output) {
  const lines = output.split("\n").filter((line) => !/^npm (warn|error *$)/.test(line));
  return [...lines.slice(0, 20), ...lines.slice(20).slice(-10)].join("\n").trimEnd();
}

function environment() {
  return { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` };
}

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
