/** One run of the engine: its process while it runs, and what came of it. */
import { readFile, rm } from "node:fs/promises";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { execa } from "execa";
import { descendants, providersOf } from "./processes.ts";

/** What a finished run left. */
export interface Run {
  /** The command line, without the path of the engine. */
  command: string;
  /** -1 when a signal ended it. */
  exitCode: number;
  stdout: string;
  stderr: string;
  /** The engine's event log; empty for commands that have none. */
  events: EngineEvent[];
  durationMs: number;
}

/** A run under way. */
export interface Running {
  pid: number;
  done: Promise<Run>;
  /** Ctrl-C as a terminal sends it: SIGINT to the whole process group. The second one makes the engine give up at once. */
  interrupt(): void;
  /** Kills the engine and everything it started, without a chance to clean up. */
  kill(): void;
  /** Waits until a dynamic provider process runs, and returns its pid. @throws when the run ends without one. */
  provider(): Promise<number>;
}

/** Where and how to run the engine. */
export interface Launch {
  pulumi: string;
  args: string[];
  cwd: string;
  env: Record<string, string>;
  /** Where the engine writes its event log, if the command has one. */
  eventLog?: string;
  /** Text for standard input. */
  input?: string;
}

/** Starts the engine. Neither a failing exit code nor a signal is an error. */
export function launch({ pulumi, args, cwd, env, eventLog, input }: Launch): Running {
  const started = performance.now();
  const all = eventLog ? [...args, "--event-log", eventLog] : args;
  // A group of its own, so that a Ctrl-C can be sent to all of it and to nothing else.
  const child = execa(pulumi, all, {
    cwd,
    env,
    reject: false,
    detached: true,
    extendEnv: false,
    ...(input === undefined ? { stdin: "ignore" as const } : { input }),
  });
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${pulumi} did not start`);
  let ended = false;
  const done = child.then(async (result): Promise<Run> => {
    ended = true;
    return {
      command: `pulumi ${args.join(" ")}`,
      exitCode: result.exitCode ?? -1,
      stdout: result.stdout,
      stderr: result.stderr,
      events: eventLog ? await readEvents(eventLog) : [],
      durationMs: Math.round(performance.now() - started),
    };
  });
  return {
    pid,
    done,
    interrupt: () => signalGroup(pid, "SIGINT"),
    kill() {
      // Plugins are in groups of their own, and a dynamic provider outlives its engine.
      const started = descendants(pid);
      signalGroup(pid, "SIGKILL");
      for (const process of started) signal(process.pid, "SIGKILL");
    },
    async provider() {
      for (;;) {
        const [first] = providersOf(pid);
        if (first !== undefined) return first;
        if (ended) throw new Error(`pulumi ${args[0]} ended and had no dynamic provider process`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
  };
}

/** A run's failure as one error with everything the engine printed. */
export function failure(run: Run): Error {
  return new Error(`${run.command}: exit code ${run.exitCode}\n${run.stdout}\n${run.stderr}`);
}

async function readEvents(file: string): Promise<EngineEvent[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  await rm(file, { force: true });
  // A killed engine leaves half a line.
  const complete = text.slice(0, text.lastIndexOf("\n") + 1);
  return complete.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as EngineEvent]));
}

function signalGroup(pid: number, name: NodeJS.Signals): void {
  signal(-pid, name);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // It has ended by itself.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
