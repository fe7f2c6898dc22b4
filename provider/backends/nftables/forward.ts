import type { Forward } from "../../model/nouns.ts";
import { tableOf } from "../../model/table.ts";
import type { Plan } from "../../plan/plan.ts";
import { textOf } from "../../plan/text.ts";

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

/** Into the simplest map that can say it: the intervals of `from4` cost more than the others' hashes. */
function leads(forward: Forward, port: string, to: string): string[] {
  const { listenAddresses, sourceRanges } = forward;
  if (sourceRanges.length) {
    const pairs = sourceRanges.flatMap((from) => listens(forward).map((at) => `${from} . ${at}`));
    return pairs.map((pair) => `from4 { ${pair} . ${port} : ${to} }`);
  }
  if (listenAddresses.length) return listenAddresses.map((at) => `exact4 { ${at} . ${port} : ${to} }`);
  return [`any4 { ${port} : ${to} }`];
}

function keepsOut(forward: Forward, port: string): string[] {
  const out = vantages.filter((vantage) => !forward.reachableFrom.includes(vantage));
  return out.flatMap((vantage) => listens(forward).map((at) => `not_${vantage}4 { ${at} . ${port} }`));
}

function listens({ listenAddresses }: Forward): readonly string[] {
  return listenAddresses.length ? listenAddresses : ["0.0.0.0/0"];
}
