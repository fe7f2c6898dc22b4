import type { Check, Remark } from "../finding.ts";
import { ownerOf, placeText } from "../owner.ts";
import { dropped } from "../packets/walk.ts";
import { passes } from "../passes.ts";

const hooks = ["output", "postrouting"] as const;

/** No firewall of the host keeps its answers to guests' DHCP requests from leaving: dnsmasq sends them by a socket, as all do. */
export const dhcpOutput: Check = {
  name: "dhcp-output",
  fault: "in the way",
  needs: [],
  look: ({ networks, picture }) =>
    networks
      .filter(({ dhcp }) => dhcp)
      .flatMap(({ bridge, subject, has: [server] }): Remark[] => {
        if (!server) return [];
        const dialled = {
          from: server.address,
          to: "255.255.255.255",
          protocol: "udp",
          fromPort: 67,
          toPort: 68,
        } as const;
        const packet = { ...dialled, out: bridge, state: "new", dnat: false, local: false } as const;
        const drop = dropped(picture.tables, hooks, packet);
        const common = { subject, on: bridge };
        if (!drop?.place)
          return [{ ...common, ...passes(picture, hooks, packet, "the host's DHCP answers may leave") }];
        const evidence = `${ownerOf(drop.place).name} drops the host's DHCP answers (udp port 67 to 68): ${placeText(drop.place)}`;
        const fix = `Accept udp source port 67 that leaves by ${bridge} there.`;
        return [{ ...common, verdict: "fault", evidence, fix }];
      }),
};
