import type { Check, Remark } from "../finding.ts";
import { prefixesOf } from "../networks.ts";
import { covers } from "../packets/addresses.ts";
import { rangesOf, serves } from "../picture/dnsmasq.ts";

/** What is given out lies in the bridge's network; a dnsmasq with a range elsewhere gives out nothing. */
export const dhcpRange: Check = {
  name: "dhcp-range",
  fault: "in the way",
  needs: ["bridge-address"],
  look: ({ networks, picture: { dnsmasqs } }) =>
    networks.flatMap((network): Remark[] => {
      const { bridge, subject, has } = network;
      const own = dnsmasqs.filter(
        (one) => serves(one, bridge) && one.settings.some((line) => line.startsWith(`interface=${bridge}`)),
      );
      const ranges = own.flatMap(rangesOf).map(({ first, last }) => `${first}-${last}`);
      const common = { subject, on: bridge };
      if (ranges.length === 0 || has.length === 0) return [];
      const out = ranges.find((range) => !prefixesOf(network).some((prefix) => covers(prefix, range)));
      if (out === undefined)
        return [{ ...common, verdict: "ok", evidence: `${ranges.join(", ")}, in ${prefixesOf(network).join(", ")}` }];
      const evidence = `the range ${out} is not in ${prefixesOf(network).join(", ")}: no guest gets an address`;
      return [
        {
          ...common,
          verdict: "fault",
          evidence,
          fix: `Set dhcp-range to addresses of ${prefixesOf(network)[0]}, and restart the dnsmasq.`,
        },
      ];
    }),
};
