import { connect as connectTcp, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { NodeSSH } from "node-ssh";
import type { AuthenticationType, Client } from "ssh2";
import { type ErrorParts, KvmnetError } from "../model/error.ts";
import type { Destination } from "./destination.ts";
import { hostKeyCheck } from "./host-key.ts";
import { limits } from "./limits.ts";
import { attempts, notLetIn } from "./login.ts";

/** A connection that is logged in, and what it runs over. */
export interface Dialled {
  readonly client: Client;
  /** The TCP connection, to the host or to its first jump host. */
  readonly socket: Socket;
  /** Ends this connection and those to the jump hosts. */
  end(): void;
}

/**
 * Connects and logs in, over jump hosts if need be; tries again while that may help. Calls `heard` when there is a first
 * word from the other side, its jump host's included. Throws `unreachable`, or `invalid-args` when the host's key or our credentials are refused.
 */
export async function dial(destination: Destination, signal: AbortSignal, heard?: () => void): Promise<Dialled> {
  const { errorLimit } = destination.dial;
  const crowdedUntil = Date.now() + limits.crowdedMs;
  let pause: number = limits.dialPauseMs;
  for (let failed = 1; ; failed++) {
    try {
      return await dialOnce(destination, signal, heard);
    } catch (error) {
      const known = asError(error, destination);
      const enough = failed >= errorLimit && !(known instanceof TurnedAway && Date.now() < crowdedUntil);
      if (!(known instanceof Retriable) || enough || signal.aborted) throw known;
    }
    // Hosts that were cut off together should not come back together.
    await sleep(pause * (0.75 + Math.random() / 2), undefined, { signal }).catch(() => {});
    if (signal.aborted) throw new KvmnetError(silence(destination, "it takes too long"));
    pause = Math.min(pause * 2, limits.longestDialPauseMs);
  }
}

/** Worth another attempt. */
class Retriable extends KvmnetError {}

/** The server took the connection and closed it before its first word, as one does that has too many at the door. */
class TurnedAway extends Retriable {}

async function dialOnce(destination: Destination, signal: AbortSignal, heard?: () => void): Promise<Dialled> {
  const { proxy, host, port, user, dial } = destination;
  const check = hostKeyCheck(destination);
  const { methods, tried } = await attempts(destination);
  const route = proxy ? await through(await dialOnceTo(proxy, signal, heard), destination) : direct(host, port);
  let refusal: KvmnetError | undefined;
  const remaining = [...methods];
  const ssh = new NodeSSH();
  const connecting = ssh.connect({
    host,
    sock: route.stream as Socket,
    username: user,
    readyTimeout: dial.timeoutMs,
    algorithms: { serverHostKey: check.algorithms },
    hostVerifier: (key: Buffer) => {
      refusal = check.refusal(key);
      return refusal === undefined;
    },
    authHandler: (left, _partial, next) => {
      // Asking with what the server does not take would count as a failed attempt.
      let method = remaining.shift();
      while (method && left && !left.includes(kindOf(method.type))) method = remaining.shift();
      next(method ?? (false as never));
    },
  });
  if (heard) route.socket.once("data", heard);
  const client = ssh.connection as Client;
  // node-ssh listens until the login; an error after that must not end the process.
  client.on("error", () => {});
  const stop = () => route.end();
  signal.addEventListener("abort", stop);
  try {
    await connecting;
  } catch (error) {
    route.end();
    if (refusal) throw refusal;
    if (signal.aborted) throw new KvmnetError(silence(destination, "it takes too long"));
    if (isRefused(error)) throw notLetIn(destination, tried);
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
  return {
    client,
    socket: route.socket,
    end() {
      client.end();
      route.endLater();
    },
  };
}

/** What is dialled through is named in its own errors. */
async function dialOnceTo(proxy: Destination, signal: AbortSignal, heard?: () => void): Promise<Dialled> {
  try {
    return await dialOnce(proxy, signal, heard);
  } catch (error) {
    throw asError(error, proxy);
  }
}

interface Route {
  readonly stream: Duplex;
  readonly socket: Socket;
  end(): void;
  endLater(): void;
}

function direct(host: string, port: number): Route {
  const socket = connectTcp({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 15_000 });
  return { stream: socket, socket, end: () => socket.destroy(), endLater: () => destroySoon(socket) };
}

async function through(jump: Dialled, { host, port, name }: Destination): Promise<Route> {
  const stream = await new Promise<Duplex>((resolve, reject) => {
    jump.client.forwardOut("127.0.0.1", 0, host, port, (error, channel) => (error ? reject(error) : resolve(channel)));
  }).catch((error: Error) => {
    jump.end();
    throw new Retriable({
      code: "unreachable",
      host: name,
      message: `${name} (${host}:${port}) cannot be reached through its jump host`,
      detail: error.message.replace(/^\(SSH\) /, ""),
    });
  });
  return { stream, socket: jump.socket, end: () => jump.end(), endLater: () => stream.once("close", () => jump.end()) };
}

/** Gives the farewell time to go out; a peer that is silent does not keep the process. */
function destroySoon(socket: Socket): void {
  setTimeout(() => socket.destroy(), limits.closeMs).unref();
}

function kindOf(type: AuthenticationType): AuthenticationType {
  return type === "agent" ? "publickey" : type;
}

function isRefused(error: unknown): boolean {
  const { level, message } = error as { level?: string; message?: string };
  return level === "client-authentication" || /too many authentication failures/i.test(message ?? "");
}

const reasons: Record<string, string> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  EHOSTUNREACH: "no route to it",
  ENETUNREACH: "no route to it",
  ETIMEDOUT: "no answer",
  ENOTFOUND: "no such name",
  EAI_AGAIN: "its name could not be looked up",
};

function asError(error: unknown, destination: Destination): KvmnetError {
  if (error instanceof KvmnetError) return error;
  const { code, message = "", level } = error as { code?: string; message?: string; level?: string };
  const timeout = level === "client-timeout" || /^Timed out/.test(message);
  const reason = timeout ? "no answer" : (reasons[code ?? ""] ?? (message || "connection lost"));
  const parts = silence(destination, reason);
  const final = code === "ENOTFOUND" || /^Handshake failed: no matching/.test(message);
  if (final) return new KvmnetError(parts);
  const turnedAway = code === "ECONNRESET" || message === "Connection lost before handshake";
  return new (turnedAway ? TurnedAway : Retriable)(parts);
}

function silence({ name, host, port }: Destination, reason: string): ErrorParts {
  const label = name === host ? `${name}:${port}` : `${name} (${host}:${port})`;
  return {
    code: "unreachable",
    host: name,
    message: `${label} does not answer over SSH: ${reason}.`,
    ...(reason === reasons.ENOTFOUND && { nextStep: "Is it an alias that is missing from the SSH configuration?" }),
  };
}
