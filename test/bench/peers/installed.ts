/** The tools that ours is measured beside, as their own registries have them, kept in the lab's cache. */
import { join } from "node:path";
import { execa } from "execa";
import { ensurePrograms } from "../../lab/apt.ts";
import { buildOnce } from "../../lab/cache.ts";

export const versions = { pyinfra: "3.10.0", "ansible-core": "2.19.14" } as const;

/** Path of a Python that has both. @throws if there is no Python with venv, or PyPI does not answer. */
export async function installedPeers(): Promise<string> {
  const wanted = Object.entries(versions).map(([name, version]) => `${name}==${version}`);
  const dir = await buildOnce(`peers/${wanted.join("-")}`, async (made) => {
    await ensurePrograms({ python3: "python3-venv" });
    await execa("python3", ["-m", "venv", made]);
    await execa(join(made, "bin", "python"), ["-m", "pip", "install", "--quiet", ...wanted]);
  });
  return join(dir, "bin", "python");
}

/** Bookworm's Python, with what Ansible's modules import of it. */
const packages = ["python3.11-minimal", "libpython3.11-minimal", "libpython3.11-stdlib", "libexpat1", "libffi8"];

/**
 * A directory to copy over a host's, since Ansible needs a Python there and the lab's image has none. @throws if apt cannot
 * download for the image's release, as on machines of another one.
 */
export function pythonForHosts(): Promise<string> {
  return buildOnce("peers/python-3.11-bookworm", async (dir) => {
    const { stdout } = await execa("apt-get", ["download", "--print-uris", ...packages], { cwd: dir });
    await execa("apt-get", ["download", ...packages], { cwd: dir });
    const files = stdout.split("\n").flatMap((line) => line.match(/\S+\.deb(?= \d)/g) ?? []);
    for (const file of files) await execa("dpkg-deb", ["-x", file, dir], { cwd: dir });
    await execa("rm", files, { cwd: dir });
  });
}
