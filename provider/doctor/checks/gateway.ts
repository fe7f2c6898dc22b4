import type { Check, Remark } from "../finding.ts";

/** The gateway is there. One that does not answer pings but has a MAC is. */
export const gateway: Check = {
  name: "gateway",
  fault: "missing",
  needs: ["default-route", "route-overlap"],
  look: ({ picture: { probes, routes }, uplinks }) => {
    if (uplinks.length === 0) return [];
    if (probes.gateways.length === 0) {
      const routed = routes.some(({ prefix, gateway: via }) => prefix === "0.0.0.0/0" && via);
      return routed ? [{ verdict: "unknown", subject: "gateway", evidence: "ping is not installed" }] : [];
    }
    return probes.gateways.map(({ link, address, answers, neighbour }): Remark => {
      const subject = `gateway ${address}`;
      if (answers) return { verdict: "ok", subject, evidence: `answers on ${link}` };
      if (["FAILED", "INCOMPLETE"].includes(neighbour)) {
        const fix = `Check the cable and the switch behind ${link}, and that ${address} is right: ip neigh show dev ${link}`;
        const evidence = `nobody on ${link} has it (neighbour table: ${neighbour})`;
        return { verdict: link === uplinks[0] ? "fault" : "warning", subject, evidence, fix };
      }
      if (neighbour === "NONE")
        return { verdict: "unknown", subject, evidence: `no answer on ${link}, and no word from the neighbour table` };
      return {
        verdict: "ok",
        subject,
        evidence: `is there on ${link} (neighbour table: ${neighbour}), and does not answer pings`,
      };
    });
  },
};
