import { type Destination, poolKey } from "./destination.ts";
import type { Host } from "./host.ts";
import { RemoteHost } from "./remote.ts";
import { runtime } from "./runtime.ts";

const hosts = new Map<string, RemoteHost>();

/** The host of a destination: one for each user, address and port in this process, however it is called. */
export function hostFor(destination: Destination): Host {
  const key = poolKey(destination);
  const known = hosts.get(key);
  if (known) {
    known.offer(destination);
    return known;
  }
  if (hosts.size === 0) process.once("beforeExit", () => void closeAll());
  const host = new RemoteHost(destination, runtime());
  hosts.set(key, host);
  return host;
}

/** Ends all connections in order. They are made again when they are needed. */
export async function closeAll(): Promise<void> {
  await Promise.all([...hosts.values()].map((host) => host.close()));
}
