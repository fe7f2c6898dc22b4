import { expect, vi } from "vitest";
import { differences, type QuickHost, type Snapshot } from "../lab/quick/index.ts";

/** Waits until the whole host is like a snapshot again: whoever keeps its links takes a while after a change. */
export function isAsBefore(host: QuickHost, before: Snapshot): Promise<void> {
  return vi.waitFor(async () => expect(differences(before, await host.snapshot())).toEqual([]), {
    timeout: 15_000,
    interval: 1_000,
  });
}
