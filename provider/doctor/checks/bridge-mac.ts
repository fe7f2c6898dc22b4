import type { Check, Remark } from "../finding.ts";

/** The bridge's MAC is its own. One that was never set follows the ports: guests lose their gateway when the first one goes. */
export const bridgeMac: Check = {
  name: "bridge-mac",
  fault: "in the way",
  needs: ["bridge"],
  look: ({ networks, picture: { links } }) =>
    networks.flatMap(({ bridge, subject, link }): Remark[] => {
      if (link?.kind !== "bridge") return [];
      const lent = links.find(
        ({ master, mac, kind }) => master === bridge && mac === link.mac && ["tun", "veth"].includes(kind),
      );
      const common = { subject, on: bridge };
      if (link.macSet || !lent) return [{ ...common, verdict: "ok", evidence: `MAC ${link.mac}` }];
      const evidence = `its MAC ${link.mac} is that of guest port ${lent.name}, and changes with it`;
      const fix = `ip link set ${bridge} address ${link.mac}, and keep it in the bridge's configuration; or make a dummy interface its first port`;
      return [{ ...common, verdict: "warning", evidence, fix }];
    }),
};
