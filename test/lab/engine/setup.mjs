/** What the lab needs in the checkout before its TypeScript runs. Plain JavaScript for Node 20. */
import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of this checkout. */
export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const modules = join(root, "node_modules");
/** The Node that runs everything of the lab. */
export const node = join(modules, ".bin", "node");
const stamp = join(modules, ".kvmnet-built");

/** Set-up in its order: what is wanted, whether it is there, and how to get it. */
export const steps = [
  { title: "dependencies (npm ci)", done: installed, make: () => run("npm", ["ci", "--no-audit", "--no-fund"]) },
  { title: "a Node that runs TypeScript", done: nodeRuns, make: fetchNode },
  { title: "the package in its own node_modules", done: linked, make: link },
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

/** Whether `require("pulumi-kvmnet/provider")` finds this checkout. */
function linked() {
  const self = join(modules, "pulumi-kvmnet");
  return existsSync(self) && realpathSync(self) === realpathSync(root);
}

/** A program of the checkout could import the package by its own name; the string in `__provider` belongs to no package. */
async function link() {
  const self = join(modules, "pulumi-kvmnet");
  rmSync(self, { recursive: true, force: true });
  symlinkSync("..", self);
}

/** Whether dist is younger than all it is made from. */
function compiled() {
  if (!existsSync(stamp) || !existsSync(join(root, "dist", "provider", "host", "provider.js"))) return false;
  const settings = ["tsconfig.json", "tsconfig.build.json", "rolldown.config.js", "package.json"];
  const sources = [...settings, ...["provider", "sdk", "cli"].flatMap(below)];
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

/** The environment in which `node` is the one of node_modules. */
export function environment() {
  return { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` };
}
