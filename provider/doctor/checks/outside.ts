import type { Check } from "../finding.ts";
import { within } from "../packets/addresses.ts";

/** Plain IP goes beyond the gateway: of the resolvers out there, at least one answers, be it a ping. */
export const outside: Check = {
  name: "outside",
  fault: "missing",
  needs: ["default-route", "gateway", "host-output", "route-overlap"],
  look({ picture: { probes, routes }, uplinks }) {
    const near = routes.filter(({ gateway, prefix }) => gateway === undefined && prefix !== "0.0.0.0/0");
    const far = probes.dns.filter(
      ({ server }) => !server.startsWith("127.") && !near.some(({ prefix }) => within(server, prefix)),
    );
    if (far.length === 0 || uplinks.length === 0) return [];
    const subject = "host";
    const names = far.map(({ server }) => server).join(", ");
    const alive = far.filter(({ answer, pings }) => pings || answer !== "silent");
    if (alive.length)
      return [
        {
          verdict: "ok",
          subject,
          evidence: `${alive.map(({ server }) => server).join(", ")} beyond the gateway answers`,
        },
      ];
    if (far.every(({ pings }) => pings === undefined)) return [];
    const fix = "Plain IP first: ping them from the gateway's side, and look at the router behind it.";
    return [
      {
        verdict: "fault",
        subject,
        evidence: `nothing beyond the gateway answers, neither pings nor questions: ${names}`,
        fix,
      },
    ];
  },
};
