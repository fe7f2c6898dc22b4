import type { Check, Remark } from "../finding.ts";
import { type Network, prefixesOf } from "../networks.ts";
import { covers, overlaps } from "../packets/addresses.ts";
import type { Scene } from "../scene.ts";

/** A network's addresses are nobody else's: no other link, and no route, leads to some of them. */
export const routeOverlap: Check = {
  name: "route-overlap",
  fault: "in the way",
  needs: [],
  look: (scene) => scene.networks.flatMap((network) => judge(network, scene)),
};

function judge(network: Network, { picture: { routes, nameservers } }: Scene): Remark[] {
  const { bridge, subject } = network;
  const gateways = routes.flatMap(({ prefix, gateway }) => (prefix === "0.0.0.0/0" && gateway ? [gateway] : []));
  return prefixesOf(network)
    .slice(0, 4)
    .map((prefix): Remark => {
      const common = { subject, on: bridge };
      const others = routes.filter(
        (route) =>
          route.link !== bridge &&
          route.table === "main" &&
          route.prefix !== "0.0.0.0/0" &&
          overlaps(route.prefix, prefix),
      );
      // A wider route loses to the bridge's own, unless what the host needs is in the part that it loses.
      const bad = others.find(
        (route) => covers(prefix, route.prefix) || [...gateways, ...nameservers].some((one) => covers(prefix, one)),
      );
      if (!bad) return { ...common, verdict: "ok", evidence: `${prefix} is on ${bridge} alone` };
      const where = bad.link ? `on ${bad.link}` : bad.type;
      const fix = `Give one of the two another subnet; ${bridge}'s is easier to change than a LAN's`;
      return { ...common, verdict: "fault", evidence: `${prefix} overlaps the route ${bad.prefix} ${where}`, fix };
    });
}
