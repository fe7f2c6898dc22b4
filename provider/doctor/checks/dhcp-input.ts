import type { Check, Remark } from "../finding.ts";
import { ownerOf, placeText } from "../owner.ts";
import { dropped } from "../packets/walk.ts";

/** No firewall of the host keeps guests' DHCP requests from the server on it. */
export const dhcpInput: Check = {
  name: "dhcp-input",
  fault: "in the way",
  needs: [],
  look: ({ networks, picture: { tables } }) =>
    networks
      .filter(({ dhcp }) => dhcp)
      .map(({ bridge, subject }): Remark => {
        const packet = {
          in: bridge,
          from: "0.0.0.0",
          to: "255.255.255.255",
          protocol: "udp",
          fromPort: 68,
          toPort: 67,
        } as const;
        const drop = dropped(tables, ["prerouting", "input"], { ...packet, state: "new", dnat: false, local: false });
        const common = { subject, on: bridge };
        if (!drop?.place) return { ...common, verdict: "ok", evidence: "guests' DHCP requests reach the host" };
        const owner = ownerOf(drop.place);
        const evidence = `${owner.name} drops guests' DHCP requests (udp port 67): ${placeText(drop.place)}`;
        return { ...common, verdict: "fault", evidence, fix: owner.fix(bridge, "input") };
      }),
};
