import { createRequire } from "node:module";

/** Says things to the user beside one resource in the CLI's output. */
export interface Log {
  info(urn: string, text: string): Promise<void>;
  warn(urn: string, text: string): Promise<void>;
}

/** Severities of the engine's log (`engine.proto`, `LogSeverity`). */
const severities = { info: 1, warn: 2 } as const;

/** What we use of the SDK's generated classes, which have no types of their own. */
interface EngineClient {
  log(request: object, done: () => void): void;
  waitForReady(deadline: number, done: (error?: Error) => void): void;
  getChannel(): {
    getConnectivityState(connect: boolean): number;
    watchConnectivityState(state: number, deadline: number, done: () => void): void;
  };
}

/** The engine that started this process, if any (a unit test has none). */
export interface Engine extends Log {
  /** Calls back once, when the engine is gone without having stopped us (it was killed). */
  onGone(callback: () => void): void;
}

/**
 * The engine at an address. A dynamic provider's process is started with it as its first argument. The SDK's own
 * classes are loaded on first use, from the SDK that runs this process.
 */
export function engineAt(address: string | undefined = process.argv[2]): Engine {
  if (!address || !/^[\w.:[\]-]+:\d+$/.test(address)) {
    return { info: async () => {}, warn: async () => {}, onGone: () => {} };
  }
  const require = createRequire(process.argv[1] ?? import.meta.url);
  let client: EngineClient | undefined;
  const connected = (): EngineClient => {
    if (client) return client;
    const grpc = require("@grpc/grpc-js");
    const { EngineClient } = require("@pulumi/pulumi/proto/engine_grpc_pb");
    client = new EngineClient(address, grpc.credentials.createInsecure()) as EngineClient;
    return client;
  };
  const say = (severity: number, urn: string, text: string) =>
    new Promise<void>((resolve) => {
      const { LogRequest } = require("@pulumi/pulumi/proto/engine_pb");
      const request = new LogRequest().setSeverity(severity).setMessage(text).setUrn(urn);
      // A message that the engine did not take is no reason to fail what it was about.
      connected().log(request, resolve);
    });
  return {
    info: (urn, text) => say(severities.info, urn, text),
    warn: (urn, text) => say(severities.warn, urn, text),
    onGone(callback) {
      const engine = connected();
      engine.waitForReady(Date.now() + 10_000, (error) => {
        if (error) return;
        const channel = engine.getChannel();
        channel.watchConnectivityState(channel.getConnectivityState(false), Number.POSITIVE_INFINITY, callback);
      });
    },
  };
}
