import { createRequire } from "node:module";

/** Says things to the user beside one resource in the CLI's output. */
export interface Log {
  info(urn: string, text: string): void;
  warn(urn: string, text: string): void;
}

/** Severities of the engine's log (`engine.proto`, `LogSeverity`). */
const severities = { info: 1, warn: 2 } as const;

interface LogRequest {
  setSeverity(severity: number): void;
  setMessage(text: string): void;
  setUrn(urn: string): void;
}

/**
 * The engine's own log. A dynamic provider's process is started with the address of the engine as its first argument;
 * without one (a unit test) nothing is said. Loaded on first use, since most operations say nothing.
 */
export function engineLog(address: string | undefined = process.argv[2]): Log {
  if (!address || !/^[\w.-]+:\d+$/.test(address)) return { info: () => {}, warn: () => {} };
  const require = createRequire(import.meta.url);
  let client: { log(request: LogRequest, done: (error: unknown) => void): void } | undefined;
  const say = (severity: number, urn: string, text: string) => {
    const { EngineClient } = require("@pulumi/pulumi/proto/engine_grpc_pb.js");
    const { LogRequest } = require("@pulumi/pulumi/proto/engine_pb.js");
    const grpc = require("@grpc/grpc-js");
    client ??= new EngineClient(address, grpc.credentials.createInsecure());
    const request: LogRequest = new LogRequest();
    request.setSeverity(severity);
    request.setMessage(text);
    request.setUrn(urn);
    // A message that the engine did not take is no reason to fail what it was about.
    client?.log(request, () => {});
  };
  return {
    info: (urn, text) => say(severities.info, urn, text),
    warn: (urn, text) => say(severities.warn, urn, text),
  };
}
