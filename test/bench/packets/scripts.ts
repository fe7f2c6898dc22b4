/** The programs beside this file, run in machines of the lab. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Peer } from "../../lab/quick/index.ts";

/** Starts a server in a guest. */
export async function serve(peer: Peer, name: "back" | "sink", port: number): Promise<void> {
  await peer.exec(`perl - ${port}`, { input: await text(name) });
}

/** How long a client took, in seconds. @throws if an answer did not come. */
export async function took(peer: Peer, name: "flows" | "datagrams" | "stream", ...args: (string | number)[]) {
  const { stdout } = await peer.exec(`perl - ${args.join(" ")}`, { input: await text(name) });
  return Number(stdout);
}

function text(name: string): Promise<string> {
  return readFile(join(import.meta.dirname, `${name}.pl`), "utf8");
}
