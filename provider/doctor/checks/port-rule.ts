import { isNamed } from "../../model/values/name.ts";
import type { Check, Remark } from "../finding.ts";
import { ownerOf, placeText } from "../owner.ts";
import type { Condition } from "../packets/rule.ts";
import type { Picture } from "../picture/picture.ts";

/** No rule waits for IP packets at the port of a bridge: they come and go by the bridge itself (ebtables(8), "brouter"). */
export const portRule: Check = {
  name: "port-rule",
  fault: "in the way",
  needs: [],
  look: ({ picture }) => {
    const bridges = new Set(picture.links.filter(({ kind }) => kind === "bridge").map(({ name }) => name));
    return picture.tables.flatMap((table) =>
      [...table.chains.values()].flatMap((chain) =>
        chain.rules.flatMap((rule): Remark[] => {
          const place = { table, chain, rule };
          const [port] = rule.conditions.flatMap((condition) => portsIn(condition, picture, bridges));
          if (!port || ownerOf(place).name === "pulumi-kvmnet") return [];
          const evidence = `${placeText(place)}: never true, since ${port.name} is a port of the bridge ${port.master}`;
          const fix = `Name ${port.master} in it. Between ports of one bridge only rules of the bridge family filter (GuestFilter).`;
          return [{ verdict: "warning", subject: `bridge ${port.master}`, on: port.master, evidence, fix }];
        }),
      ),
    );
  },
};

/** A condition that only ports of bridges could meet: the first of them. */
function portsIn(
  condition: Condition,
  { links }: Picture,
  bridges: ReadonlySet<string>,
): { name: string; master: string }[] {
  if ((condition.field !== "in" && condition.field !== "out") || !condition.is) return [];
  const met = links.filter(({ name }) => condition.among.some((pattern) => isNamed(name, pattern)));
  const ports = met.flatMap(({ name, master = "" }) => (bridges.has(master) ? [{ name, master }] : []));
  return ports.length === met.length ? ports.slice(0, 1) : [];
}
