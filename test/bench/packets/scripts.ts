/** The programs beside this file, run in machines of the lab. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Peer } from "../../lab/quick/index.ts";

/** Runs what comes after it on one processor. */
export const PINNED = "taskset -c 0 ";

/** Starts a server in a guest. */
export async function serve(peer: Peer, name: "back" | "sink", port: number, by = ""): Promise<void> {
  await peer.exec(`${by}perl - ${port}`, { input: await text(name) });
}

/** How long a client took, in seconds. @throws if an answer did not come. */
export async function took(
  peer: Peer,
  name: "flows" | "datagrams" | "stream",
  args: readonly (string | number)[],
  by = "",
): Promise<number> {
  const { stdout } = await peer.exec(`${by}perl - ${args.join(" ")}`, { input: await text(name) });
  return Number(stdout);
}

function text(name: string): Promise<string> {
  return readFile(join(import.meta.dirname, `${name}.pl`), "utf8");
}
