import type { Check, Remark } from "../finding.ts";
import { outward } from "../scene.ts";

/** The kernel itself finds a way for a guest's packet, and one back: policy rules and reverse path filters included. */
export const guestRoute: Check = {
  name: "guest-route",
  fault: "in the way",
  needs: ["bridge", "bridge-address", "forwarding", "default-route", "route-overlap"],
  look: (scene) =>
    outward(scene).flatMap(({ bridge, subject }): Remark[] => {
      const ways = scene.picture.probes.ways.filter((way) => way.bridge === bridge && way.uplink === scene.uplinks[0]);
      const common = { subject, on: bridge };
      if (ways.length === 0) return [];
      const bad = ways.find(
        ({ direction, words }) =>
          /RTNETLINK|^(unreachable|prohibit|blackhole|throw)/.test(words) ||
          (direction === "back" && !words.includes(`dev ${bridge}`)),
      );
      if (!bad)
        return [
          { ...common, verdict: "ok", evidence: ways.map(({ words }) => words.replace(/\s+cache.*/, "")).join("; ") },
        ];
      const what =
        bad.direction === "out" ? `a packet of guest ${bad.guest} to the outside` : `an answer to guest ${bad.guest}`;
      const reason = /cross-device/.test(bad.words)
        ? " (a reverse path filter)"
        : scene.picture.policies
          ? ` (the host has ${scene.picture.policies} policy rules)`
          : "";
      const fix = /cross-device/.test(bad.words)
        ? `sysctl -w net.ipv4.conf.${bad.direction === "out" ? bridge : bad.uplink}.rp_filter=2`
        : "ip rule show; ip route show table all: find the rule or route that takes it, and let this subnet pass before it.";
      return [{ ...common, verdict: "fault", evidence: `the kernel on ${what}: ${bad.words}${reason}`, fix }];
    }),
};
