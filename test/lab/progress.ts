/** Progress of long steps: a spinner on a terminal, plain lines with elapsed seconds elsewhere. Everything goes to stderr. */
import ora, { type Ora } from "ora";

/** Replaces the detail shown behind the step's title ("412 packages"). */
export type Note = (text: string) => void;

/** How often a step that runs without a terminal says that it still does, in milliseconds. */
const HEARTBEAT_MS = 20_000;

/** Steps shorter than this leave no line where there is no terminal, in milliseconds. */
const QUIET_MS = 1_000;

// Two spinners overwrite each other's line, so only the outermost step gets one.
let spinning: Ora | undefined;

/**
 * Runs `body` and shows that it runs: its title, the last note and the elapsed seconds.
 * @throws whatever `body` throws, after marking the step as failed.
 */
export async function step<T>(title: string, body: (note: Note) => Promise<T>): Promise<T> {
  const started = performance.now();
  let detail = "";
  const line = () => `${title}${detail ? `: ${detail}` : ""} (${seconds(started)})`;
  const show = process.stderr.isTTY && !spinning ? spinner(line) : lines(title, line);
  try {
    const result = await body((text) => {
      detail = text;
    });
    show.stop("ok", `${title} (${seconds(started)})`);
    return result;
  } catch (error) {
    show.stop("failed", line());
    throw error;
  }
}

/** Prints one line that stays, without disturbing a spinner. */
export function say(text: string): void {
  if (spinning) spinning.clear();
  process.stderr.write(`${text}\n`);
}

interface Shown {
  stop(outcome: "ok" | "failed", text: string): void;
}

function spinner(line: () => string): Shown {
  // ora hides the cursor and swallows keys by default; a step that asks for Ctrl-C must still get it.
  const own = ora({ text: line(), discardStdin: false }).start();
  spinning = own;
  const timer = setInterval(() => {
    own.text = line();
  }, 500);
  return {
    stop(outcome, text) {
      clearInterval(timer);
      spinning = undefined;
      if (outcome === "ok") own.succeed(text);
      else own.fail(text);
    },
  };
}

function lines(title: string, line: () => string): Shown {
  let announced = false;
  const announce = setTimeout(() => {
    announced = true;
    say(`… ${title}`);
  }, QUIET_MS);
  const beat = setInterval(() => say(`… ${line()}`), HEARTBEAT_MS);
  return {
    stop(outcome, text) {
      clearTimeout(announce);
      clearInterval(beat);
      if (outcome === "failed") say(`✗ ${text}`);
      else if (announced) say(`✓ ${text}`);
    },
  };
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
