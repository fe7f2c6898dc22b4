import type { Check, Remark } from "../finding.ts";
import { ownerOf, placeText } from "../owner.ts";
import { dropped } from "../packets/walk.ts";
import { passes } from "../passes.ts";

const hooks = ["prerouting", "input"] as const;

/** No firewall of the host keeps guests' DHCP requests from the server on it. */
export const dhcpInput: Check = {
  name: "dhcp-input",
  fault: "in the way",
  needs: [],
  look: ({ networks, picture }) =>
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
          state: "new",
          dnat: false,
          local: false,
        } as const;
        const drop = dropped(picture.tables, hooks, packet);
        const common = { subject, on: bridge };
        if (!drop?.place)
          return { ...common, ...passes(picture, hooks, packet, "guests' DHCP requests reach the host") };
        const owner = ownerOf(drop.place);
        const evidence = `${owner.name} drops guests' DHCP requests (udp port 67): ${placeText(drop.place)}`;
        return { ...common, verdict: "fault", evidence, fix: owner.fix(bridge, "input") };
      }),
};
