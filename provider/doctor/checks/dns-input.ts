import type { Check, Remark } from "../finding.ts";
import { someGuest } from "../networks.ts";
import { ownerOf, placeText } from "../owner.ts";
import { dropped } from "../packets/walk.ts";
import { passes } from "../passes.ts";

const hooks = ["prerouting", "input"] as const;

/** No firewall of the host keeps guests' questions from the DNS server on it. */
export const dnsInput: Check = {
  name: "dns-input",
  fault: "in the way",
  needs: ["dhcp-input"],
  look: ({ networks, picture }) =>
    networks.flatMap((network): Remark[] => {
      const { bridge, subject, dns, has } = network;
      const guest = someGuest(network);
      const [server] = has;
      if (!dns || guest === undefined || !server) return [];
      const packet = {
        in: bridge,
        from: guest,
        to: server.address,
        protocol: "udp",
        fromPort: 40000,
        toPort: 53,
        state: "new",
        dnat: false,
        local: true,
      } as const;
      const drop = dropped(picture.tables, hooks, packet);
      const common = { subject, on: bridge };
      if (!drop?.place) return [{ ...common, ...passes(picture, hooks, packet, "guests' questions reach the host") }];
      const owner = ownerOf(drop.place);
      const evidence = `${owner.name} drops guests' questions (udp port 53): ${placeText(drop.place)}`;
      return [{ ...common, verdict: "fault", evidence, fix: owner.fix(bridge, "input") }];
    }),
};
