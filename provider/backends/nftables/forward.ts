import type { Forward } from "../../model/nouns/forward.ts";
import { tableOf } from "../../model/table.ts";
import { widest } from "../../model/values/prefix.ts";
import type { Plan } from "../../plan/plan.ts";
import { textOf } from "../../plan/text.ts";
import { digitOf } from "./family.ts";

const vantages = ["lan", "guests", "host"] as const;

/** Elements of the network's maps and sets, one a port: ranges are spread out, for a map leads each port to its own. */
export function renderForward(forward: Forward): Plan {
  const { bridge, name, target, ports } = forward;
  const lines = ports.flatMap(({ protocol, port, targetPort }) =>
    Array.from({ length: port.last - port.first + 1 }, (_, offset) => [
      ...leads(forward, `${protocol} . ${port.first + offset}`, `${target} . ${targetPort.first + offset}`),
      ...keepsOut(forward, `${protocol} . ${port.first + offset}`),
    ]).flat(),
  );
  return { [`elements inet ${tableOf(bridge)} ${name}`]: textOf(lines) };
}

/** Into the simplest map that can say it: the intervals of `from` cost more than the others' hashes. */
function leads(forward: Forward, port: string, to: string): string[] {
  const { listenAddresses, listenInterfaces, target } = forward;
  // Intervals of one map must not overlap.
  const sourceRanges = widest(forward.sourceRanges);
  const digit = digitOf(target);
  if (listenInterfaces.length) {
    const sources = sourceRanges.length ? sourceRanges : [anyOf(digit)];
    const ends = sources.flatMap((from) => listens(forward).map((at) => `${from} . ${at}`));
    return listenInterfaces.flatMap((link) =>
      ends.map((pair) => `on${digit} { "${link}" . ${pair} . ${port} : ${to} }`),
    );
  }
  if (sourceRanges.length) {
    const pairs = sourceRanges.flatMap((from) => listens(forward).map((at) => `${from} . ${at}`));
    return pairs.map((pair) => `from${digit} { ${pair} . ${port} : ${to} }`);
  }
  if (listenAddresses.length) return listenAddresses.map((at) => `exact${digit} { ${at} . ${port} : ${to} }`);
  return [`any${digit} { ${port} : ${to} }`];
}

function keepsOut(forward: Forward, port: string): string[] {
  const out = vantages.filter((vantage) => !forward.reachableFrom.includes(vantage));
  const digit = digitOf(forward.target);
  return out.flatMap((vantage) => listens(forward).map((at) => `not_${vantage}${digit} { ${at} . ${port} }`));
}

function listens({ listenAddresses, target }: Forward): readonly string[] {
  return listenAddresses.length ? listenAddresses : [anyOf(digitOf(target))];
}

function anyOf(digit: "4" | "6"): string {
  return digit === "6" ? "::/0" : "0.0.0.0/0";
}
