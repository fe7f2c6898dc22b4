import type { Check, Remark } from "../finding.ts";
import { leasesOn } from "../leases.ts";
import { prefixesOf } from "../networks.ts";
import { within } from "../packets/addresses.ts";
import { serves } from "../picture/dnsmasq.ts";

/** Reservations contradict neither each other, nor the network, nor a lease. */
export const dhcpReservation: Check = {
  name: "dhcp-reservation",
  fault: "in the way",
  needs: ["bridge-address"],
  look: ({ networks, picture }) =>
    networks.flatMap((network): Remark[] => {
      const { bridge, subject, has } = network;
      const own = picture.dnsmasqs.find((one) => serves(one, bridge) && one.reservations.length > 0);
      const common = { subject, on: bridge };
      if (!own || has.length === 0) return [];
      const { reservations } = own;
      const twin = reservations.find((one, index) =>
        reservations.slice(0, index).some(({ mac, address }) => address === one.address && mac !== one.mac),
      );
      if (twin) {
        const macs = reservations.filter(({ address }) => address === twin.address).map(({ mac }) => mac);
        const evidence = `${twin.address} is reserved for ${macs.join(" and ")}`;
        return [
          {
            ...common,
            verdict: "fault",
            evidence,
            fix: "Give one of them another address; then have the dnsmasq read it: SIGHUP",
          },
        ];
      }
      const stray = reservations.find(({ address }) => !prefixesOf(network).some((prefix) => within(address, prefix)));
      if (stray) {
        const evidence = `${stray.address}, reserved for ${stray.mac}, is not in ${prefixesOf(network).join(", ")}`;
        return [{ ...common, verdict: "fault", evidence, fix: `Reserve an address of ${prefixesOf(network)[0]}.` }];
      }
      const leases = leasesOn(picture, bridge).filter(({ current, address }) => current && !address.includes(":"));
      const stale = reservations.flatMap((one) =>
        leases
          .filter(({ mac, address }) => (mac === one.mac) !== (address === one.address))
          .map((lease) => ({ one, lease })),
      )[0];
      if (stale) {
        const evidence = `${stale.one.address} is reserved for ${stale.one.mac}, but ${stale.lease.mac} has leased ${stale.lease.address}`;
        const fix =
          "Have the guest renew its lease; if it keeps it, stop the dnsmasq, take the line out of its lease file, start it.";
        return [{ ...common, verdict: "warning", evidence, fix }];
      }
      return [{ ...common, verdict: "ok", evidence: `${reservations.length} reservations agree` }];
    }),
};
