import type { Check, Remark } from "../finding.ts";

/** An uplink that learns its IPv6 route from its router goes on to do so while the host forwards: `accept_ra` 1 means no then. */
export const acceptRa: Check = {
  name: "accept-ra",
  fault: "in the way",
  needs: [],
  look: ({ picture: { settings }, uplinks }) =>
    uplinks.flatMap((link): Remark[] => {
      const [ra, on] = ["accept_ra", "forwarding"].map((word) => settings.get(`net/ipv6/conf/${link}/${word}`));
      if (ra !== "1" || on !== "1") return [];
      const evidence = `IPv6 forwarding is on and net/ipv6/conf/${link}/accept_ra is 1: its IPv6 default route runs out`;
      const fix = `sysctl -w net.ipv6.conf.${link}.accept_ra=2, and keep it in /etc/sysctl.d`;
      return [{ verdict: "warning", subject: `uplink ${link}`, evidence, fix }];
    }),
};
