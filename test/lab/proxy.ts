/** A TCP proxy on 127.0.0.1 in front of a host's sshd: a slow link, a counter, and a pair of scissors. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { Lane } from "./engine/lane.ts";

/** "up" is from client to server. */
export type Direction = "up" | "down";

/** One chunk as it came out of a socket, before it is delayed. */
export interface Chunk {
  direction: Direction;
  /** Number of the connection, from 1. */
  connection: number;
  /** Number of the chunk in its direction, from 1 since the start or the last `reset` or `cutAt`, over all connections. */
  index: number;
  bytes: number;
}

/**
 * What to do with a chunk: forward it; cut the connection instead; forward half of it and cut; forward it whole and cut;
 * or drop it, and whatever follows in that direction of that connection.
 */
export type Fate = "pass" | "cut" | "half" | "pass-and-cut" | "swallow";

/** Where a client's request is lost: see `cutAt`. */
export type Moment = "before" | "half" | "after" | "answer";

/** What went through, since the start or the last `reset`. */
export interface Counts {
  connections: number;
  bytesUp: number;
  bytesDown: number;
  chunksUp: number;
  chunksDown: number;
  /** How often data began to flow the other way, added up over all connections. */
  turns: number;
}

interface Link {
  number: number;
  client: Socket;
  server: Socket | undefined;
  last?: Direction;
  swallowing: Set<Direction>;
  /** It has had its last chunk. */
  parting?: boolean;
}

const ZERO: Counts = { connections: 0, bytesUp: 0, bytesDown: 0, chunksUp: 0, chunksDown: 0, turns: 0 };

/** A proxy in front of one address. */
export class TcpProxy {
  /** Where it listens on 127.0.0.1; stays the same over `refuse` and `accept`. */
  port = 0;
  /** For how long each chunk is held back in each direction, in milliseconds; may be changed at any time. */
  delayMs: number;
  /** Decides on each chunk; `cutAt` sets it, and so may a test. */
  fate: (chunk: Chunk) => Fate = () => "pass";
  counts: Counts = { ...ZERO };
  readonly #target: { host: string; port: number };
  readonly #links = new Set<Link>();
  #server: Server | undefined;
  #silent = false;
  #number = 0;
  #indexes = { up: 0, down: 0 };

  private constructor(target: { host: string; port: number }, delayMs: number) {
    this.#target = target;
    this.delayMs = delayMs;
  }

  /** Listens. A round trip takes twice `delayMs` more than without the proxy. @throws what listen(2) says. */
  static async start(target: { host?: string; port: number }, options: { delayMs?: number } = {}): Promise<TcpProxy> {
    const proxy = new TcpProxy({ host: "127.0.0.1", ...target }, options.delayMs ?? 0);
    await proxy.accept();
    return proxy;
  }

  /** Counts from zero again. */
  reset(): void {
    this.counts = { ...ZERO };
    this.#indexes = { up: 0, down: 0 };
  }

  /**
   * Cuts at the nth client chunk from now on, once: "before" any of it is forwarded, in the middle ("half"), "after" it was
   * forwarded and before an answer, or when the server's "answer" to it arrives, which the client never sees.
   */
  cutAt(nth: number, moment: Moment): void {
    this.#indexes = { up: 0, down: 0 };
    let answering: number | undefined;
    this.fate = ({ direction, index, connection }) => {
      if (answering !== undefined) return connection === answering && direction === "down" ? this.#once("cut") : "pass";
      if (direction !== "up" || index < nth) return "pass";
      if (moment !== "answer")
        return this.#once(({ before: "cut", half: "half", after: "pass-and-cut" } as const)[moment]);
      answering = connection;
      return "pass";
    };
  }

  /** Number of connections open now. */
  get open(): number {
    return this.#links.size;
  }

  /** Resets all connections, as a host that has restarted. */
  cut(): void {
    for (const link of this.#links) drop(link);
  }

  /** New connections are accepted and never answered, and open ones carry nothing more: an unplugged cable. */
  blackhole(): void {
    this.#silent = true;
  }

  /** New connections are refused (ECONNREFUSED); open ones go on. */
  async refuse(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    server?.close();
  }

  /** Undoes `refuse` and `blackhole`; what was swallowed meanwhile is lost, as are connections that were begun. */
  async accept(): Promise<void> {
    if (this.#silent) this.cut();
    this.#silent = false;
    if (this.#server) return;
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#connected(client));
    server.listen(this.port, "127.0.0.1");
    await once(server, "listening");
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Ends everything. */
  async close(): Promise<void> {
    await this.refuse();
    this.cut();
  }

  #once(fate: Fate): Fate {
    this.fate = () => "pass";
    return fate;
  }

  #connected(client: Socket): void {
    this.counts.connections++;
    const server = this.#silent ? undefined : connect({ ...this.#target, allowHalfOpen: true, noDelay: true });
    const link: Link = { number: ++this.#number, client, server, swallowing: new Set() };
    this.#links.add(link);
    client.once("close", () => this.#links.delete(link));
    client.on("error", () => drop(link));
    if (!server) return;
    server.on("error", () => drop(link));
    this.#pipe(link, "up", client, server);
    this.#pipe(link, "down", server, client);
  }

  #pipe(link: Link, direction: Direction, from: Socket, to: Socket): void {
    const lane = new Lane(from, to, () => this.delayMs);
    from.on("data", (data: Buffer) => {
      if (this.#silent || link.swallowing.has(direction)) return;
      const fate = this.fate(this.#count(link, direction, data.length));
      if (fate === "swallow") link.swallowing.add(direction);
      else if (fate === "pass") lane.send(data);
      else if (fate === "cut") drop(link);
      else this.#lastChunk(link, lane, fate === "half" ? data.subarray(0, data.length >> 1) : data);
    });
    from.once("end", () => {
      if (!this.#silent) lane.end();
    });
    from.once("close", () => {
      if (!from.readableEnded && !link.parting) drop(link);
    });
  }

  /** A reset may overtake data in the receiver's buffer, so the receiver gets an orderly end and the sender the reset. */
  #lastChunk(link: Link, lane: Lane, data: Buffer): void {
    link.swallowing.add("up").add("down");
    link.parting = true;
    lane.send(data);
    lane.end(() => {
      lane.from.resetAndDestroy();
      // A receiver that does not mind the end is not waited for.
      setTimeout(() => drop(link), 1_000).unref();
    });
  }

  #count(link: Link, direction: Direction, bytes: number): Chunk {
    const { counts } = this;
    if (link.last !== undefined && link.last !== direction) counts.turns++;
    link.last = direction;
    if (direction === "up") {
      counts.bytesUp += bytes;
      counts.chunksUp++;
    } else {
      counts.bytesDown += bytes;
      counts.chunksDown++;
    }
    return { direction, connection: link.number, index: ++this.#indexes[direction], bytes };
  }
}

/** A socket that is already gone stays so. */
function drop(link: Link): void {
  link.client.resetAndDestroy();
  link.server?.resetAndDestroy();
}
