import type { Facts } from "../model/facts.ts";
import { type Destination, poolKey } from "./destination.ts";
import type { Host } from "./host.ts";
import { limits } from "./limits.ts";
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

/** Asks all of them about themselves at once, so that silent ones cost one wait together. Never rejects. */
export async function probeAll(
  destinations: Iterable<Destination>,
  timeoutMs: number = limits.probeMs,
): Promise<PromiseSettledResult<Facts>[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
  });
  const probes = Array.from(destinations, async (destination) => hostFor(destination).facts());
  return await Promise.allSettled(probes.map((probe) => Promise.race([probe, late]))).finally(() =>
    clearTimeout(timer),
  );
}

/** Ends all connections in order. They are made again when they are needed. */
export async function closeAll(): Promise<void> {
  await Promise.all([...hosts.values()].map((host) => host.close()));
}
