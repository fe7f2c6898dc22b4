import type { Intercept } from "../../model/nouns/forward.ts";
import { tableOf } from "../../model/table.ts";
import { addressOf } from "../../model/values/prefix.ts";
import type { Plan } from "../../plan/plan.ts";
import { textOf } from "../../plan/text.ts";
import { relayFor, renderRelays } from "../relay.ts";
import { digitOf } from "./family.ts";
import { interceptAny } from "./intercept-any.ts";

/**
 * Elements of the network's maps and sets, one for each address and port that guests dial; for any address a table instead. And
 * relays where they lead to.
 */
export function renderIntercept(intercept: Intercept): Plan {
  const { bridge, name, target, addresses, relays } = intercept;
  const digit = digitOf(target);
  const listeners = (relays?.listeners ?? []).map(
    ({ protocol, port }) => `relays${digit} { ${addressOf(relays?.address ?? "")} . ${protocol} . ${port} }`,
  );
  const lines = [...(addresses === "any" ? [] : dialled(intercept, addresses)), ...listeners];
  const place = relays ? addressOf(relays.address) : target;
  return {
    ...(lines.length && { [`elements inet ${tableOf(bridge)} ${name}`]: textOf(lines) }),
    ...(addresses === "any" && interceptAny(intercept, place)),
    ...renderRelays(intercept),
  };
}

function dialled(intercept: Intercept, addresses: readonly string[]): string[] {
  const { target, ports } = intercept;
  const digit = digitOf(target);
  return ports.flatMap(({ protocol, port, targetPort }) =>
    Array.from({ length: port.last - port.first + 1 }, (_, offset) => {
      const place = placeOf(intercept, protocol, targetPort.first + offset);
      return addresses.flatMap((address) => {
        const key = `${address} . ${protocol} . ${port.first + offset}`;
        return [
          `intercept${digit} { ${key} : ${place} }`,
          // A server that itself asks whom it stands in for would be led back to itself.
          ...(intercept.relays ? [] : [`spared${digit} { ${target} . ${key} }`]),
        ];
      });
    }).flat(),
  );
}

function placeOf(intercept: Intercept, protocol: string, targetPort: number): string {
  const { target, relays } = intercept;
  const relay = relayFor(intercept, protocol, targetPort);
  return relay && relays ? `${addressOf(relays.address)} . ${relay.port}` : `${target} . ${targetPort}`;
}
