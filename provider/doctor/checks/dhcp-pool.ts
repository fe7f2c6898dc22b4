import type { Check, Remark } from "../finding.ts";
import { leasesOn } from "../leases.ts";
import { bounds, within } from "../packets/addresses.ts";
import { rangesOf, serves, valuesOf } from "../picture/dnsmasq.ts";

/** There are addresses left to give out. */
export const dhcpPool: Check = {
  name: "dhcp-pool",
  fault: "in the way",
  needs: ["dhcp-server", "dhcp-range"],
  look: ({ networks, picture }) =>
    networks.flatMap(({ bridge, subject }): Remark[] => {
      const own = picture.dnsmasqs.find((one) => serves(one, bridge));
      const ranges = own ? rangesOf(own).map(({ first, last }) => bounds(`${first}-${last}`)) : [];
      const all = ranges.reduce((sum, range) => sum + (range ? range[1] - range[0] + 1 : 0), 0);
      if (!own || all === 0) return [];
      const most = Math.min(...valuesOf(own, "dhcp-lease-max").map(Number));
      const leases = leasesOn(picture, bridge).filter(({ current, address }) => current && !address.includes(":"));
      // A reservation may lie outside the ranges, and takes nothing of them.
      const used = leases.filter(({ address }) =>
        rangesOf(own).some(({ first, last }) => within(address, `${first}-${last}`)),
      );
      const common = { subject, on: bridge };
      if (used.length < all && leases.length < most)
        return [{ ...common, verdict: "ok", evidence: `${used.length} of ${all} addresses are leased` }];
      const what =
        used.length < all ? `${most} leases that dhcp-lease-max allows are taken` : `${all} addresses are leased`;
      const evidence = `all ${what}: the next guest gets none`;
      return [
        {
          ...common,
          verdict: "fault",
          evidence,
          fix: "Widen dhcp-range (and dhcp-lease-max), or shorten the lease time.",
        },
      ];
    }),
};
