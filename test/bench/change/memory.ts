/** What the provider's process holds in memory while a stack is brought up. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Run, Stack } from "../../lab/stack.ts";
import { succeeded } from "../../lab/testbed.ts";

/** Runs `pulumi up`; the run, and the most resident memory of the provider's process, in MB. @throws if it fails. */
export async function watched(stack: Stack): Promise<{ run: Run; mb: number }> {
  const running = stack.spawn(["up"]);
  const pid = await running.provider();
  let kilobytes = 0;
  let ended = false;
  const done = running.done.finally(() => {
    ended = true;
  });
  while (!ended) {
    kilobytes = Math.max(kilobytes, peak(pid));
    await sleep(20);
  }
  return { run: succeeded(await done), mb: kilobytes / 1024 };
}

/** In KiB; 0 when the process has ended. */
function peak(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
