/** A Go compiler new enough for the engine. */
import { existsSync } from "node:fs";
import { chmod, readdir } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import type { Note } from "../progress.ts";
import { atLeast, which } from "./from-path.ts";

/** What `go/go.mod` asks for. */
const NEEDED = "1.25.11";

/** A Go command and the environment that makes it, or what it fetches in its place, new enough. */
export interface Go {
  path: string;
  env: Record<string, string>;
}

/**
 * The `go` on PATH, or Debian's `golang-go`, installed if this runs as root. One older than 1.25.11 fetches the newer
 * toolchain as a Go module, through the same proxy as everything else. `scratch` is a directory that will be removed.
 * @throws with the name of the package to install, if it may not do so itself.
 */
export async function findGo(scratch: string, note: Note): Promise<Go> {
  const path = which("go") ?? (existsSync("/usr/local/go/bin/go") ? "/usr/local/go/bin/go" : await installGo(note));
  const version = await goVersion(path);
  if (atLeast(version, NEEDED.split(".").map(Number))) return { path, env: { GOTOOLCHAIN: "local" } };
  note(`Go ${NEEDED} in place of ${version}`);
  // Since 1.21 the command fetches and runs a newer one by itself.
  if (atLeast(version, [1, 21, 0])) return { path, env: { GOTOOLCHAIN: `go${NEEDED}` } };
  return { path: await downloadToolchain(path, scratch), env: { GOTOOLCHAIN: "local" } };
}

async function goVersion(go: string): Promise<string> {
  const { stdout } = await execa(go, ["env", "GOVERSION"], { env: { GOTOOLCHAIN: "local" }, cwd: "/" });
  return stdout.trim().replace(/^go/, "");
}

async function installGo(note: Note): Promise<string> {
  const apt = which("apt-get");
  if (process.getuid?.() !== 0 || !apt) {
    throw new Error("building the engine needs Go: install golang-go (Debian), or pulumi itself");
  }
  note("apt-get install golang-go");
  const options = { env: { DEBIAN_FRONTEND: "noninteractive" }, stdin: "ignore" } as const;
  const install = () => execa(apt, ["install", "-y", "--no-install-recommends", "golang-go"], options);
  await install().catch(async () => {
    await execa(apt, ["update"], options);
    await install();
  });
  const go = which("go");
  if (!go) throw new Error("golang-go was installed and there is still no go on PATH");
  return go;
}

/** For Go before 1.21 (Debian bookworm has 1.19), which can fetch the toolchain's module and not run it. */
async function downloadToolchain(go: string, scratch: string): Promise<string> {
  const arch = { x64: "amd64", arm64: "arm64" }[process.arch as string] ?? process.arch;
  const module = `golang.org/toolchain@v0.0.1-go${NEEDED}.linux-${arch}`;
  const env = { GOMODCACHE: join(scratch, "work", "toolchain"), GOFLAGS: "-modcacherw" };
  const { stdout } = await execa(go, ["mod", "download", "-json", module], { env, cwd: "/" });
  const { Dir: dir } = JSON.parse(stdout) as { Dir: string };
  // Module archives carry no modes.
  const tools = join(dir, "pkg", "tool", `linux_${arch}`);
  const programs = [join(dir, "bin"), tools].map(async (place) =>
    (await readdir(place)).map((name) => join(place, name)),
  );
  await Promise.all((await Promise.all(programs)).flat().map((file) => chmod(file, 0o755)));
  return join(dir, "bin", "go");
}
