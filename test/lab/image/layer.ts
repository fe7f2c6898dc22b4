/** What some hosts have beside the image: another network manager, another firewall. */
import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { rootPrefix } from "../apt.ts";
import { buildOnce } from "../cache.ts";
import { step } from "../progress.ts";
import type { Image } from "./image.ts";
import { debianMirror } from "./mirror.ts";

const INSTALL = fileURLToPath(new URL("install.sh", import.meta.url));

/**
 * The image's root with more Debian packages, as the lower layers of an overlay, upmost first: only what the packages
 * bring is kept, once for each set of them. Half a minute and some 10 to 300 MB for a new one.
 * @throws if the packages cannot be fetched, or without root.
 */
export async function withPackages(image: Image, packages: readonly string[]): Promise<string> {
  if (packages.length === 0) return image.root;
  const set = [...packages].sort();
  const hash = createHash("sha256").update(set.join()).digest("hex").slice(0, 10);
  const dir = await buildOnce(`layer/${image.key}-${hash}`, (scratch) =>
    step(`${image.suite} with ${set.join(", ")}`, () => build(image, scratch, set)),
  );
  return `${join(dir, "layer")}:${image.root}`;
}

async function build(image: Image, dir: string, packages: readonly string[]): Promise<void> {
  const prefix = await rootPrefix();
  if (!prefix) throw new Error("installing packages into an image needs root, or sudo that asks for no password");
  const { proxy } = await debianMirror(image.suite, async () => {});
  for (const part of ["layer", "work", "root"]) await mkdir(join(dir, part));
  const environment = proxy ? [`http_proxy=${proxy}`] : [];
  // Mounts of its own: none is left, however it ends.
  const command = [...prefix, "env", ...environment, "unshare", "--mount", "sh", INSTALL, image.root, dir, ...packages];
  await execa(command[0] as string, command.slice(1), { stdin: "ignore" });
}
