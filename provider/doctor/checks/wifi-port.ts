import type { Check, Remark } from "../finding.ts";

/** No Wi-Fi NIC is a port of a bridge: its access point drops frames from MAC addresses that did not log in. */
export const wifiPort: Check = {
  name: "wifi-port",
  fault: "in the way",
  needs: [],
  look: ({ picture: { links } }) =>
    links
      .filter(({ wireless, master }) => wireless && master !== undefined)
      .map(({ name, master = "" }): Remark => {
        const evidence = `${name} is Wi-Fi and a port of ${master}; the access point drops guests' frames`;
        const fix = `ip link set ${name} nomaster, and give guests a network with address translation`;
        return { verdict: "fault", subject: `bridge ${master}`, on: master, evidence, fix };
      }),
};
