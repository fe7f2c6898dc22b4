import type { Intercept } from "../../model/nouns.ts";
import { tableOf } from "../../model/table.ts";
import { addressOf } from "../../model/values/prefix.ts";
import type { Plan } from "../../plan/plan.ts";
import { textOf } from "../../plan/text.ts";
import { renderRelays } from "../relay.ts";
import { digitOf } from "./family.ts";

/** Elements of the network's maps and sets, one for each address and port that guests dial; and relays where they lead to. */
export function renderIntercept(intercept: Intercept): Plan {
  const { bridge, name, target, ports, addresses } = intercept;
  const digit = digitOf(target);
  const lines = ports.flatMap(({ protocol, port, targetPort }) =>
    Array.from({ length: port.last - port.first + 1 }, (_, offset) => {
      const place = placeOf(intercept, protocol, targetPort.first + offset);
      return addresses.flatMap((address) => {
        const dialled = `${address} . ${protocol} . ${port.first + offset}`;
        return [
          `intercept${digit} { ${dialled} : ${place} }`,
          // A server that itself asks whom it stands in for would be led back to itself.
          ...(intercept.relays ? [] : [`spared${digit} { ${target} . ${dialled} }`]),
        ];
      });
    }).flat(),
  );
  const listeners = (intercept.relays?.listeners ?? []).map(
    ({ protocol, port }) => `relays${digit} { ${addressOf(intercept.relays?.address ?? "")} . ${protocol} . ${port} }`,
  );
  return {
    [`elements inet ${tableOf(bridge)} ${name}`]: textOf([...lines, ...listeners]),
    ...renderRelays(intercept),
  };
}

function placeOf({ target, relays }: Intercept, protocol: string, targetPort: number): string {
  const relay = relays?.listeners.find((one) => one.protocol === protocol && one.targetPort === targetPort);
  return relay && relays ? `${addressOf(relays.address)} . ${relay.port}` : `${target} . ${targetPort}`;
}
