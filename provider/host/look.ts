import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { KvmnetError } from "../model/error.ts";
import { parseReport, ReportError } from "../plan/report.ts";
import { Channel, Lost } from "./channel.ts";
import { Connection } from "./connection.ts";
import type { Destination } from "./destination.ts";
import type { FactLines } from "./facts.ts";
import { limits } from "./limits.ts";
import { runtime } from "./runtime.ts";

const files = ["say", "links", "firewall", "names", "libvirt", "registry", "probes", "main"];

/** The program that describes a host: it reads, and writes nothing anywhere. `look/` says what it tells. */
export function lookProgram(): string {
  return files.map((name) => readFileSync(new URL(`./look/${name}.sh`, import.meta.url), "utf8")).join("\n");
}

/**
 * Looks at a host over a connection of its own, and ends it. Nothing is installed there, not even the runtime. Throws
 * `unreachable` when the host does not answer, `invalid-args` when its key is unknown or it refuses who we are.
 */
export async function lookAt(destination: Destination): Promise<FactLines> {
  const connection = await Connection.open(destination, AbortSignal.timeout(limits.submitMs));
  try {
    return await connection.waitFor(() => told(connection, destination));
  } finally {
    connection.close();
  }
}

async function told(connection: Connection, { name }: Destination): Promise<FactLines> {
  const late = AbortSignal.timeout(limits.lookMs);
  late.onabort = () => connection.drop();
  try {
    const channel = await Channel.open(connection, runtime());
    const answer = await channel.look(randomUUID(), lookProgram());
    channel.end();
    return parseReport(answer).facts;
  } catch (error) {
    if (late.aborted) throw unreachable(name, `${name} did not answer within ${limits.lookMs / 1000} s.`);
    if (error instanceof Lost) throw unreachable(name, `The connection to ${name} was lost while it was looked at`);
    if (error instanceof ReportError) throw unreachable(name, `${name} did not say how it is (${error.message})`);
    throw error;
  } finally {
    late.onabort = null;
  }
}

function unreachable(host: string, message: string): KvmnetError {
  return new KvmnetError({ code: "unreachable", host, message });
}
