/**
 * The lab's stand-in for the vendor's Go program `pulumi-language-nodejs`, which is not on the Go module proxy: the
 * gRPC server that the engine starts to have a Node program run. For the lab only; users have the vendor's.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { ServerUnaryCall, sendUnaryData, UntypedServiceImplementation } from "@grpc/grpc-js";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb.js";

const require = createRequire(import.meta.url);
const grpc = require("@grpc/grpc-js") as typeof import("@grpc/grpc-js");
const empty = require("google-protobuf/google/protobuf/empty_pb.js") as { Empty: new () => object };
const language = require("@pulumi/pulumi/proto/language_pb.js") as typeof import("@pulumi/pulumi/proto/language_pb.js");
const plugin = require("@pulumi/pulumi/proto/plugin_pb.js") as typeof import("@pulumi/pulumi/proto/plugin_pb.js");
const services = require("@pulumi/pulumi/proto/language_grpc_pb.js") as {
  LanguageRuntimeService: import("@grpc/grpc-js").ServiceDefinition;
};

type RunRequest = import("@pulumi/pulumi/proto/language_pb.js").RunRequest;
type Options = { typescript?: boolean; nodeargs?: string };

/** The exit code by which a program says that it has told the user what is wrong. */
const BAIL = 32;
const programs = new Set<ChildProcess>();
const engineAddress = process.argv.at(-1) ?? "";

/** Serves one call whose answer is made at once. */
function answer<T>(make: () => T) {
  return (_call: unknown, callback: sendUnaryData<T>) => callback(null, make());
}

const calls: UntypedServiceImplementation = {
  handshake: answer(() => new language.LanguageHandshakeResponse()),
  getPluginInfo: answer(() => new plugin.PluginInfo().setVersion("1.0.0")),
  // No plugin is named: the one for dynamic resources lies beside the engine, and nothing is to be downloaded.
  getRequiredPlugins: answer(() => new language.GetRequiredPluginsResponse()),
  getRequiredPackages: answer(() => new language.GetRequiredPackagesResponse()),
  runtimeOptionsPrompts: answer(() => new language.RuntimeOptionsResponse()),
  getProgramDependencies: answer(() => new language.GetProgramDependenciesResponse()),
  about: answer(() => new language.AboutResponse().setExecutable(process.execPath).setVersion(process.version)),
  cancel: answer(() => new empty.Empty()),
  run(call: ServerUnaryCall<RunRequest, unknown>, callback: sendUnaryData<unknown>) {
    run(call.request).then(
      (response) => callback(null, response),
      (error: Error) => callback({ code: grpc.status.UNKNOWN, details: String(error.stack) }),
    );
  },
};

async function run(request: RunRequest) {
  const info = request.getInfo();
  const options = ((info?.getOptions() as Struct | undefined)?.toJavaScript() ?? {}) as Options;
  const directory = info?.getProgramDirectory() || request.getPwd();
  // The SDK that the program itself imports, as the vendor's host has it: two copies would not share their state.
  const runner = createRequire(join(directory, "index.js")).resolve("@pulumi/pulumi/cmd/run");
  const args = [
    ...(options.nodeargs ?? "").split(/\s+/).filter((word) => word !== ""),
    runner,
    `--monitor=${request.getMonitorAddress()}`,
    `--engine=${engineAddress}`,
    `--organization=${request.getOrganization()}`,
    `--project=${request.getProject()}`,
    `--root-directory=${info?.getRootDirectory() ?? directory}`,
    `--stack=${request.getStack()}`,
    `--pwd=${request.getPwd()}`,
    `--parallel=${request.getParallel()}`,
    ...(request.getDryrun() ? ["--dry-run"] : []),
    info?.getEntryPoint() || request.getProgram() || ".",
    ...request.getArgsList(),
  ];
  const env = {
    ...process.env,
    PULUMI_NODEJS_TYPESCRIPT: String(options.typescript !== false),
    PULUMI_CONFIG: JSON.stringify(config(request)),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList().map(fullKey)),
  };
  const code = await exitCode(args, { cwd: directory, env });
  const response = new language.RunResponse();
  if (code === BAIL) response.setBail(true);
  else if (code !== 0) response.setError(`Program exited with non-zero exit code: ${code}`);
  return response;
}

function exitCode(args: string[], options: { cwd: string; env: NodeJS.ProcessEnv }): Promise<number | string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { ...options, stdio: ["ignore", "inherit", "inherit"] });
    programs.add(child);
    child.once("error", reject);
    child.once("close", (code, signal) => {
      programs.delete(child);
      resolve(code ?? signal ?? "none");
    });
  });
}

/** The SDK looks for `kvmnet:config:host` where the engine says `kvmnet:host`. */
function fullKey(key: string): string {
  return key.replace(/^([^:]+):(?!config:)/, "$1:config:");
}

function config(request: RunRequest): Record<string, string> {
  return Object.fromEntries([...request.getConfigMap().entries()].map(([key, value]) => [fullKey(key), value]));
}

// A killed engine closes nothing that gRPC would notice; its orphan is adopted by another process.
const engine = process.ppid;
setInterval(() => {
  if (process.ppid !== engine) process.exit(1);
}, 500);
process.on("exit", () => {
  for (const child of programs) child.kill("SIGTERM");
});

const server = new grpc.Server({ "grpc.max_receive_message_length": 400 * 1024 * 1024 });
server.addService(services.LanguageRuntimeService, calls);
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  // The first line on standard output is how the engine learns the port.
  process.stdout.write(`${port}\n`);
});
