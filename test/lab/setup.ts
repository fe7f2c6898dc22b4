import { ensurePrograms } from "./apt.ts";
import { findEngine } from "./engine/index.ts";
import { debianImage } from "./image/image.ts";
import { step } from "./progress.ts";

/** Before the suites that need them: builds what takes long once, with progress, instead of inside some test's time. */
export default async function setup(): Promise<void> {
  await ensurePrograms({
    openssl: "openssl",
    pgrep: "procps",
    ip: "iproute2",
    nsenter: "util-linux",
    ssh: "openssh-client",
  });
  await step("the Pulumi engine", () => findEngine());
  await step("the lab's image", () => debianImage("bookworm"));
}
