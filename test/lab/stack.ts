/** Throwaway Pulumi stacks, run by the real engine with a state file of their own. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { cacheDir } from "./cache.ts";
import { type Engine, findEngine } from "./engine/index.ts";
import { checkout, type Files, writeFiles, writeProject } from "./engine/project.ts";
import { failure, launch, type Run, type Running } from "./engine/run.ts";

export type { Run, Running } from "./engine/run.ts";

/** What a stack is made of. */
export interface StackOptions {
  /** A directory with a program, which is copied, or the program's files; `index.ts` is the entry. */
  program: string | Files;
  /** Stack configuration, by key ("kvmnet:host", or "name" for the project's own); secrets as `{ secret }`. */
  config?: Record<string, string | { secret: string }>;
  /** Added to the environment of every run. */
  env?: Record<string, string>;
  /** The stack's name; "lab" if not given. */
  stack?: string;
  /** The project's name where the program has no Pulumi.yaml; "kvmnet-lab" if not given. */
  project?: string;
  /** Where the state is, as `pulumi login` takes it; a directory of the stack's own if not given. */
  backend?: string;
  /** A directory that keeps project and state from one process to the next; the program is copied into it each time. */
  keepIn?: string;
}

/** How to make one run. */
export interface RunOptions {
  /** Whether an exit code other than 0 throws, with all output; false if not given. */
  check?: boolean;
  env?: Record<string, string>;
  input?: string;
}

/** What `pulumi stack export` prints, as far as the lab reads it. */
export interface Deployment {
  version: number;
  deployment: { resources?: StateResource[]; pending_operations?: { resource: StateResource; type: string }[] };
}

/** One resource in the state file. */
export interface StateResource {
  urn: string;
  type: string;
  id?: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
  initErrors?: string[];
}

const LOGGED = new Set(["preview", "up", "refresh", "destroy", "import"]);
const CONFIRMED = new Set(["up", "refresh", "destroy", "import"]);

/** A project, a stack and a state file. Every method runs the real engine, non-interactive and without colours. */
export class Stack {
  /** The project's directory: the program lies here. */
  readonly dir: string;
  readonly name: string;
  readonly engine: Engine;
  readonly #root: string;
  readonly #env: Record<string, string>;
  readonly #keep: boolean;
  readonly #running = new Set<Running>();
  #count = 0;

  private constructor(engine: Engine, root: string, options: StackOptions) {
    this.engine = engine;
    this.#root = root;
    this.dir = join(root, "project");
    this.name = options.stack ?? "lab";
    this.#keep = options.keepIn !== undefined;
    const backend = options.backend ?? `file://${join(root, "state")}`;
    this.#env = { ...environment(engine, backend), PULUMI_STACK: this.name, ...options.env };
  }

  /** Makes project and stack, or opens those in `keepIn`. @throws if there is no engine, or it refuses the stack. */
  static async create(options: StackOptions): Promise<Stack> {
    const engine = await findEngine();
    const root = options.keepIn ?? (await mkdtemp(join(tmpdir(), "kvmnet-stack-")));
    const stack = new Stack(engine, root, options);
    await mkdir(join(root, "state"), { recursive: true });
    await writeProject(stack.dir, options.program, options.project ?? "kvmnet-lab");
    await stack.run(["stack", "select", "--create", stack.name], { check: true });
    for (const [key, value] of Object.entries(options.config ?? {})) await stack.config(key, value);
    return stack;
  }

  preview(...args: string[]): Promise<Run> {
    return this.run(["preview", ...args]);
  }
  up(...args: string[]): Promise<Run> {
    return this.run(["up", ...args]);
  }
  refresh(...args: string[]): Promise<Run> {
    return this.run(["refresh", ...args]);
  }
  destroy(...args: string[]): Promise<Run> {
    return this.run(["destroy", ...args]);
  }
  import(...args: string[]): Promise<Run> {
    return this.run(["import", ...args]);
  }

  /** The state; its secrets encrypted, unless asked for with `--show-secrets`. */
  async export(...args: string[]): Promise<Deployment> {
    const { stdout } = await this.run(["stack", "export", ...args], { check: true });
    return JSON.parse(stdout) as Deployment;
  }

  /** The stack's outputs, secrets in clear. */
  async outputs(): Promise<Record<string, unknown>> {
    const { stdout } = await this.run(["stack", "output", "--json", "--show-secrets"], { check: true });
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  /** Sets one configuration value. */
  async config(key: string, value: string | { secret: string }): Promise<void> {
    const secret = typeof value === "object";
    const args = ["config", "set", secret ? "--secret" : "--plaintext", key];
    await this.run(args, { check: true, input: secret ? value.secret : value });
  }

  /** Replaces or adds files of the program. */
  write(files: Files): Promise<void> {
    return writeFiles(this.dir, files);
  }

  /** Any command of the engine, to its end. */
  async run(args: string[], options: RunOptions = {}): Promise<Run> {
    const run = await this.spawn(args, options).done;
    if (options.check && run.exitCode !== 0) throw failure(run);
    return run;
  }

  /** Starts a command of the engine and leaves it running, for tests that interrupt or kill it. */
  spawn(args: string[], options: RunOptions = {}): Running {
    const [command = ""] = args;
    const running = launch({
      pulumi: this.engine.pulumi,
      args: [command, ...flags(command), ...args.slice(1)],
      cwd: this.dir,
      env: { ...this.#env, ...options.env },
      ...(LOGGED.has(command) ? { eventLog: join(this.#root, `events-${this.#count++}.jsonl`) } : {}),
      ...(options.input === undefined ? {} : { input: options.input }),
    });
    this.#running.add(running);
    void running.done.finally(() => this.#running.delete(running));
    return running;
  }

  /** Releases the lock that a killed engine left on the state. */
  async unlock(): Promise<void> {
    await this.run(["cancel", "--yes"], { check: true });
  }

  /** Kills what still runs and removes everything; resources that the stack holds are not destroyed. */
  async dispose(): Promise<void> {
    const running = [...this.#running];
    for (const run of running) run.kill();
    await Promise.all(running.map((run) => run.done));
    if (!this.#keep) await rm(this.#root, { recursive: true, force: true });
  }
}

/** They come before the caller's, who can thus say `--skip-preview=false`. */
function flags(command: string): string[] {
  const common = ["--non-interactive", "--color", "never"];
  if (CONFIRMED.has(command)) common.push("--yes", "--skip-preview");
  return common;
}

/**
 * The whole environment of a run: what the engine needs and nothing of the user's Pulumi settings. `backend` is where the
 * state is.
 */
export function environment(engine: Engine, backend: string): Record<string, string> {
  const own = Object.entries(process.env).filter(([key]) => !/^(PULUMI_|NODE_OPTIONS$|VITEST|NODE_ENV$)/.test(key));
  const path = [join(checkout, "node_modules", ".bin"), engine.binDir, process.env.PATH ?? ""].join(delimiter);
  return {
    ...(Object.fromEntries(own) as Record<string, string>),
    PATH: path,
    PULUMI_HOME: join(cacheDir(), "pulumi-home"),
    PULUMI_BACKEND_URL: backend,
    PULUMI_CONFIG_PASSPHRASE: "lab",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // Nothing of a test leaves the machine.
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    // For --event-log, which is how the automation API asks for it too.
    PULUMI_DEBUG_COMMANDS: "true",
    // A third less to do for each of the run's processes: they load the SDK's hundreds of modules.
    NODE_COMPILE_CACHE: join(cacheDir(), "compiled"),
    NO_COLOR: "1",
  };
}
