import type { Check, Remark } from "../finding.ts";

/** Nobody but the host reaches its loopback (CVE-2020-8558). */
export const routeLocalnet: Check = {
  name: "route-localnet",
  fault: "in the way",
  needs: [],
  look: ({ picture: { settings } }) =>
    [...settings].flatMap(([key, value]): Remark[] => {
      const [, link] = /^net\/ipv4\/conf\/(.+)\/route_localnet$/.exec(key) ?? [];
      if (link === undefined || value !== "1") return [];
      const evidence = `${key} is 1: services on 127.0.0.1 can be reached over ${link === "all" ? "every interface" : link}`;
      const fix = `sysctl -w net.ipv4.conf.${link}.route_localnet=0, and let guests reach a loopback service by a relay instead`;
      return [{ verdict: "warning", subject: "host", evidence, fix }];
    }),
};
