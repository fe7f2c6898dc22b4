import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TcpProxy } from "./proxy.ts";

/** A way to a host's sshd that a test can cut. */
export interface Detour {
  readonly proxy: TcpProxy;
  /** The host's SSH configuration, with the names it has there, but through the proxy. */
  readonly sshConfig: string;
  /** Closes the proxy, and removes the configuration. */
  stop(): Promise<void>;
}

/** The lines of a known_hosts file for the same keys at another port of this machine. */
export function knownAt(port: number, lines: string): string {
  return lines.replaceAll(/^\S+/gm, `[127.0.0.1]:${port}`);
}

/** Puts a proxy before a lab host's sshd, which listens on `port`; `own` is the file that leads there directly. */
export async function detour(port: number, own: string): Promise<Detour> {
  const proxy = await TcpProxy.start({ port });
  const dir = await mkdtemp(join(tmpdir(), "kvmnet-detour-"));
  const [sshConfig, known] = [join(dir, "config"), join(dir, "known_hosts")];
  const config = await readFile(own, "utf8");
  const [, keys = ""] = config.match(/UserKnownHostsFile "?([^"\n]*)/) ?? [];
  await writeFile(known, knownAt(proxy.port, await readFile(keys, "utf8")));
  await writeFile(sshConfig, config.replaceAll(`Port ${port}`, `Port ${proxy.port}`).replaceAll(keys, known));
  const stop = async () => {
    await proxy.close();
    await rm(dir, { recursive: true, force: true });
  };
  return { proxy, sshConfig, stop };
}
