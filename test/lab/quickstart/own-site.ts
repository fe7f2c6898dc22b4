import { join } from "node:path";
import { env } from "node:process";
import { cacheDir } from "../cache.ts";
import { proof } from "./proof.ts";
import type { Site } from "./site.ts";

/** A machine of the user's own: `KVMNET_HOST`, with a running libvirt domain named in `KVMNET_DOMAIN`. */
export function ownSite(host: string): Site {
  const domain = env.KVMNET_DOMAIN;
  if (!domain) {
    throw new Error(
      "KVMNET_DOMAIN is not set: name a libvirt domain on the host that gets a NIC (and KVMNET_URI, if it is not of qemu:///system)",
    );
  }
  const address = host.replace(/^.*@/, "");
  const url = `http://${address}:8080/`;
  return {
    host,
    config: { domain, uri: env.KVMNET_URI ?? "qemu:///system" },
    env: {},
    keepIn: join(cacheDir(), "quickstart", host.replaceAll(/[^\w.-]/g, "_")),
    look: `ssh ${host}`,
    url,
    prepare: async () => {},
    prove: (when) =>
      proof(`${when}: something answers at ${url} (if the guest serves HTTP on port 80)`, async () => {
        const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
        return `HTTP ${answer.status}`;
      }),
    end: async () => {},
  };
}
