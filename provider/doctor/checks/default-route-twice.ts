import type { Check } from "../finding.ts";

/** No two default routes over one interface, or with one metric: two programs configure it, and which wins is chance. */
export const defaultRouteTwice: Check = {
  name: "default-route-twice",
  fault: "in the way",
  needs: ["default-route"],
  look({ picture: { routes } }) {
    const found = routes.filter(
      ({ prefix, table, type }) => prefix === "0.0.0.0/0" && table === "main" && type === "unicast",
    );
    const twin = found.find((one, index) =>
      found.slice(0, index).some((other) => other.link === one.link || other.metric === one.metric),
    );
    if (found.length < 2 || !twin) return [];
    const text = found
      .map(({ gateway, link, metric }) => `via ${gateway ?? "-"} dev ${link} metric ${metric}`)
      .join("; ");
    const fix = `Let one program configure ${twin.link}, and take the other route away: ip route del default ${twin.gateway ? `via ${twin.gateway} ` : ""}dev ${twin.link} metric ${twin.metric}`;
    return [{ verdict: "warning", subject: "host", evidence: `${found.length} default routes: ${text}`, fix }];
  },
};
