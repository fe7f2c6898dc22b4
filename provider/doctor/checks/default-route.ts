import type { Check } from "../finding.ts";

/** The host has a way out, and not the same one twice. */
export const defaultRoute: Check = {
  name: "default-route",
  fault: "missing",
  needs: [],
  look({ picture: { routes, unseen } }) {
    const subject = "host";
    if (unseen.routes) return [{ verdict: "unknown", subject, evidence: unseen.routes }];
    const found = routes.filter(({ prefix, table }) => prefix === "0.0.0.0/0" && table === "main");
    const text = found.map(({ gateway, link, metric, type }) =>
      type === "unicast" ? `${gateway ? `via ${gateway} ` : ""}dev ${link} metric ${metric}` : type,
    );
    const [first] = [...found].sort((a, b) => a.metric - b.metric);
    if (first?.type !== "unicast") {
      const evidence = first ? `the default route is ${first.type}` : "there is no default route";
      return [
        {
          verdict: "fault",
          subject,
          evidence,
          fix: "ip route replace default via GATEWAY dev UPLINK, and keep it in the network's configuration",
        },
      ];
    }
    return [{ verdict: "ok", subject, evidence: text.join("; ") }];
  },
};
