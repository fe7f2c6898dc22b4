import { join } from "node:path";
import { debianImage } from "../image/image.ts";

/** What starts QEMU: program and first words, and what its environment is to have besides. */
export interface Emulator {
  command: readonly string[];
  env?: Readonly<Record<string, string>>;
}

/** The QEMU of trixie (10.0), whatever this machine has: from trixie's image, with its own libraries. */
export async function newerEmulator(): Promise<Emulator> {
  const { root } = await debianImage("trixie");
  const libraries = join(root, "usr", "lib", "x86_64-linux-gnu");
  const firmware = ["qemu", "seabios"].flatMap((name) => ["-L", join(root, "usr", "share", name)]);
  return {
    command: [
      ...[join(libraries, "ld-linux-x86-64.so.2"), "--library-path", `${libraries}:${join(libraries, "pulseaudio")}`],
      ...[join(root, "usr", "bin", "qemu-system-x86_64"), ...firmware],
    ],
    env: { QEMU_MODULE_DIR: join(libraries, "qemu") },
  };
}
