/** The throwaway project directories that stacks run in. */
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of this checkout. */
export const checkout = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");

/**
 * How programs are run, here and by users. Node strips the types itself (by default since 22.18, hence the flags for
 * 22.12): the vendor's language host would take the ts-node it carries, which knows no ES modules.
 */
export const RUNTIME = `runtime:
  name: nodejs
  options:
    typescript: false
    nodeargs: --experimental-strip-types --disable-warning=ExperimentalWarning
main: index.ts
`;

/** The files of a program: paths relative to the project's directory, and their text. */
export type Files = Record<string, string>;

/**
 * Fills `dir` with a program: a copy of the directory `program`, or the given files. Pulumi.yaml, package.json and
 * node_modules are added where the program has none; `pulumi-kvmnet` and everything else there is this checkout's.
 */
export async function writeProject(dir: string, program: string | Files, project: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  if (typeof program === "string") {
    // The stack's own configuration comes from the test, not from what somebody left in the example.
    const wanted = (path: string) => !/^(node_modules|dist|Pulumi\..+\.yaml)$/.test(basename(path));
    await cp(program, dir, { recursive: true, filter: (path) => path === program || wanted(path) });
  } else {
    await writeFiles(dir, program);
  }
  await unlessThere(dir, "Pulumi.yaml", `name: ${project}\n${RUNTIME}`);
  await unlessThere(dir, "package.json", `${JSON.stringify({ name: "program", private: true, type: "module" })}\n`);
  await linkModules(join(dir, "node_modules"));
}

/** Writes files below `dir`, with their directories. */
export async function writeFiles(dir: string, files: Files): Promise<void> {
  for (const [path, text] of Object.entries(files)) await writeText(dir, path, text);
}

async function writeText(dir: string, path: string, text: string): Promise<void> {
  await mkdir(dirname(join(dir, path)), { recursive: true });
  await writeFile(join(dir, path), text);
}

async function unlessThere(dir: string, path: string, text: string): Promise<void> {
  if (!existsSync(join(dir, path))) await writeText(dir, path, text);
}

/**
 * One link for each package of the checkout, not one for the whole directory: `pulumi-kvmnet` must be among them.
 * Node follows links to the real files, so the program and the package share one copy of the SDK.
 */
async function linkModules(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  const source = join(checkout, "node_modules");
  const entries = (await readdir(source)).filter((entry) => !entry.startsWith("."));
  await Promise.all(entries.map((entry) => linkUnlessThere(join(source, entry), join(dir, entry))));
  await linkUnlessThere(checkout, join(dir, "pulumi-kvmnet"));
}

/** A program may bring packages of its own, and a directory that is kept has the links already. */
async function linkUnlessThere(target: string, path: string): Promise<void> {
  await symlink(target, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
}
