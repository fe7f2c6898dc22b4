import { setTimeout as sleep } from "node:timers/promises";
import { say } from "../progress.ts";

/** How long something may take to come up, in milliseconds: a guest boots, a lease is asked for. */
const PATIENCE_MS = 120_000;

/** Tries until it holds, and says so with what was seen. @throws with the last failure, when patience is over. */
export async function proof(title: string, attempt: () => Promise<string>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      say(`✓ ${title}: ${await attempt()}`);
      return;
    } catch (error) {
      if (Date.now() > deadline) {
        throw new Error(`${title}: ${error instanceof Error ? error.message : String(error)}`);
      }
      await sleep(1000);
    }
  }
}

/** The text, if it holds what it should. @throws otherwise. */
export function holds(text: string, wanted: string): string {
  if (!text.includes(wanted)) throw new Error(`expected ${JSON.stringify(wanted)}, got ${JSON.stringify(text)}`);
  return wanted;
}
