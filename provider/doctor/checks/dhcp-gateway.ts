import type { Check, Remark } from "../finding.ts";
import { dhcpOption, serves } from "../picture/dnsmasq.ts";

/** The gateway that guests are told is the bridge's address. */
export const dhcpGateway: Check = {
  name: "dhcp-gateway",
  fault: "in the way",
  needs: ["bridge-address", "dhcp-server"],
  look: ({ networks, picture: { dnsmasqs } }) =>
    networks.flatMap(({ bridge, subject, has, dhcp, outward }): Remark[] => {
      const own = dnsmasqs.find((one) => serves(one, bridge));
      const told = own && dhcpOption(own, 3, "router");
      if (!own || !dhcp || has.length === 0) return [];
      const common = { subject, on: bridge };
      const addresses = has.map(({ address }) => address);
      if (told === undefined) return [{ ...common, verdict: "ok", evidence: `guests are told ${addresses[0]}` }];
      if (told.length === 0) {
        if (outward === "no") return [];
        const evidence = "guests are told no gateway (dhcp-option 3 is empty)";
        return [
          {
            ...common,
            verdict: "warning",
            evidence,
            fix: "Take the empty dhcp-option=3 out of the dnsmasq's configuration.",
          },
        ];
      }
      if (told.every((one) => addresses.includes(one)))
        return [{ ...common, verdict: "ok", evidence: `guests are told ${told.join(", ")}` }];
      const evidence = `guests are told the gateway ${told.join(", ")}, but ${bridge} has ${addresses.join(", ")}`;
      const fix = `dhcp-option=3,${addresses[0]}, restart the dnsmasq, and have guests renew their leases`;
      return [{ ...common, verdict: "fault", evidence, fix }];
    }),
};
