import { join } from "node:path";
import { execa } from "execa";
import { debianImage } from "../image/image.ts";
import { withPackages } from "../image/layer.ts";
import type { LabHost } from "./host.ts";

/**
 * Puts more Debian packages on a running host of bookworm, which can fetch none itself. Their services are not started.
 * @throws if the packages cannot be fetched, or without root.
 */
export async function addPackages(host: LabHost, packages: readonly string[]): Promise<void> {
  const [layer = ""] = (await withPackages(await debianImage("bookworm"), packages)).split(":");
  const pack = ["-C", layer, "-c", "etc", "usr", join("var", "lib", "dpkg")];
  const unpack = ["-F", host.sshConfig, host.name, "tar -C / --no-overwrite-dir -x && systemctl daemon-reload"];
  await execa("tar", pack, { encoding: "buffer", maxBuffer: 1_000_000_000 }).pipe("ssh", unpack);
}
