import { expect } from "vitest";
import type { QuickHost } from "../lab/quick/index.ts";
import type { World } from "./world.ts";

/** Packets say it too: from the outside through each forward to its guest, and to none where none is. */
export async function reaches(host: QuickHost, { bridges, forwards }: World): Promise<void> {
  if (!bridges.has("br0")) return;
  const at = host.uplink.ipv4.address;
  for (const [name, { port, guest: address, targetPort }] of forwards) {
    const guest = await host.guest({ name, bridge: "br0" });
    try {
      await guest.static(`${address}/24`, "10.60.0.1");
      await guest.answer("tcp", targetPort);
      expect(await host.outside.dial(at, port), `${name}: ${port}`).toMatch(new RegExp(` ${name}$`));
    } finally {
      await guest.unplug();
    }
  }
  expect(await host.outside.dial(at, 7999)).toBeUndefined();
}
