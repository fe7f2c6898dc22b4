import { z } from "zod";
import type { Mistake } from "../model/mistake.ts";
import { type Port, parsePort, port, portCount, writePort } from "../model/values/port.ts";

/** Each port is an element of a map, so a forward of many is a preview of many lines. */
export const MOST_PORTS = 4096;

export const protocol = z.enum(["tcp", "udp", "both"]);
/** A port that leads to the same port, or to another. */
export const portMap = z.union([
  port,
  z.strictObject({ port, targetPort: port.optional(), protocol: protocol.optional() }),
]);

/** Ports as users write them. */
export interface Written {
  readonly ports: readonly z.output<typeof portMap>[];
  readonly protocol?: z.output<typeof protocol> | undefined;
}

/** One protocol of one entry of `ports`. */
export interface Entry {
  /** Such as `ports[0]`. */
  readonly path: string;
  readonly protocol: "tcp" | "udp";
  readonly port: Port;
  readonly targetPort: Port;
}

/** Ports as written, each protocol by itself. */
export function entriesOf(given: Written): Entry[] {
  return given.ports.flatMap((map, index) => {
    const { port: from, targetPort = from, protocol: own } = typeof map === "object" ? map : { port: map };
    const wanted = own ?? given.protocol ?? "tcp";
    const protocols = wanted === "both" ? (["tcp", "udp"] as const) : [wanted];
    return protocols.map((each) => ({
      path: `ports[${index}]`,
      protocol: each,
      port: parsePort(from),
      targetPort: parsePort(targetPort),
    }));
  });
}

/** Too many ports, ranges of two sizes, a port twice. */
export function portMistakes(entries: readonly Entry[]): Mistake[] {
  const total = entries.reduce((sum, entry) => sum + portCount(entry.port), 0);
  if (total > MOST_PORTS) {
    const text = `${total} ports are more than the ${MOST_PORTS} that one forward may have. Forward fewer, or route the guest's network.`;
    return [{ path: "ports", text }];
  }
  return entries.flatMap((entry, index) => {
    const { path, port: from, targetPort: to } = entry;
    if (portCount(from) !== portCount(to)) {
      const text = `range ${writePort(from)} has ${portCount(from)} ports, targetPort ${writePort(to)} has ${portCount(to)}. Make them equal, or leave targetPort out.`;
      return [{ path, text }];
    }
    const twin = entries.slice(0, index).find((other) => other.protocol === entry.protocol && meet(other.port, from));
    const text = `${entry.protocol} ${writePort(from)} is in ${twin?.path} already. Write each port once.`;
    return twin ? [{ path, text }] : [];
  });
}

const meet = (a: Port, b: Port) => a.first <= b.last && b.first <= a.last;
