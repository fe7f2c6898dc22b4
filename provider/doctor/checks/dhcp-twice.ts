import type { Check, Remark } from "../finding.ts";
import { rangesOf, serves } from "../picture/dnsmasq.ts";
import { hears } from "../picture/programs.ts";

/** One server gives out addresses on a bridge; of two, guests take whichever answers first. */
export const dhcpTwice: Check = {
  name: "dhcp-twice",
  fault: "in the way",
  needs: [],
  look: ({ networks, picture }) =>
    networks.flatMap(({ bridge, subject }): Remark[] => {
      const servers = picture.listeners.filter((one) => {
        if (one.protocol !== "udp" || one.port !== 67 || !hears(one, bridge, "0.0.0.0")) return false;
        const dnsmasq = picture.dnsmasqs.find(({ pid }) => pid === one.pid);
        return !dnsmasq || (serves(dnsmasq, bridge) && rangesOf(dnsmasq).length > 0);
      });
      const pids = [...new Set(servers.map(({ pid }) => pid))];
      if (pids.length < 2) return [];
      const names = pids.map((pid) => `${servers.find((one) => one.pid === pid)?.program} (pid ${pid})`);
      const fix = `Stop one, or keep it off the bridge: except-interface=${bridge} in a dnsmasq's configuration`;
      return [
        {
          verdict: "fault",
          subject,
          on: bridge,
          evidence: `${names.join(" and ")} both give out addresses on ${bridge}`,
          fix,
        },
      ];
    }),
};
