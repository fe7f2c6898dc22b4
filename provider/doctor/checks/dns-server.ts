import type { Check, Remark } from "../finding.ts";
import { hears } from "../picture/programs.ts";

/** Where names are to be answered on a bridge, somebody listens. */
export const dnsServer: Check = {
  name: "dns-server",
  fault: "missing",
  needs: ["libvirt-network", "bridge", "bridge-address", "dhcp-server", "port-53"],
  look: ({ networks, picture: { listeners, unseen } }) =>
    networks.flatMap(({ bridge, subject, dns, has }): Remark[] => {
      if (!dns || unseen.listeners || has.length === 0) return [];
      const here = listeners.find(
        (one) => one.protocol === "udp" && one.port === 53 && has.some(({ address }) => hears(one, bridge, address)),
      );
      const common = { subject, on: bridge };
      if (here) return [{ ...common, verdict: "ok", evidence: `${here.program} answers on port 53 of ${bridge}` }];
      const evidence = `nobody listens on udp port 53 of ${has[0]?.address}, which guests are told to ask`;
      return [{ ...common, verdict: "fault", evidence, fix: `Start the dnsmasq of ${bridge}.` }];
    }),
};
