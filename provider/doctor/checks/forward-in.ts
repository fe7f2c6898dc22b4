import type { Check, Remark } from "../finding.ts";
import { forwardsOf, forwardText, networkOf } from "../forwards.ts";
import { ownerOf, placeText } from "../owner.ts";
import { dropped } from "../packets/walk.ts";
import { passes } from "../passes.ts";

/** What a forward has turned towards a guest may pass on: the translation alone lets nothing through. */
export const forwardIn: Check = {
  name: "forward-in",
  fault: "in the way",
  needs: ["bridge", "bridge-address"],
  look: (scene) =>
    forwardsOf(scene).flatMap((leading): Remark[] => {
      const network = networkOf(scene, leading);
      const { to, targetPort, port, protocol } = leading.forward;
      const [uplink] = scene.uplinks;
      if (!network || uplink === undefined) return [];
      const first = Number.parseInt(targetPort || port || "80", 10);
      const kind = protocol === "udp" ? "udp" : "tcp";
      const dialled = { from: "8.8.8.8", to, protocol: kind, fromPort: 40000, toPort: first } as const;
      const packet = { ...dialled, in: uplink, out: network.bridge, state: "new", dnat: true, local: false } as const;
      const drop = dropped(scene.picture.tables, ["forward"], packet);
      const common = { subject: `forward ${forwardText(leading)}`, on: network.bridge };
      if (!drop?.place)
        return [{ ...common, ...passes(scene.picture, ["forward"], packet, `leads to ${network.subject}`) }];
      const owner = ownerOf(drop.place);
      const evidence = `${owner.name} drops what it leads to the guest: ${placeText(drop.place)}${drop.late ? `. ${placeText(drop.late)} comes too late` : ""}`;
      const fix =
        owner.name === "libvirt"
          ? `Rules of libvirt's networks refuse new connections. Accept before them: iptables -I FORWARD -o ${network.bridge} -d ${to} -p ${kind} --dport ${first} -j ACCEPT`
          : `Accept before it: oifname "${network.bridge}" ip daddr ${to} ${kind} dport ${first} (the port after the translation). ${owner.fix(network.bridge, "forward")}`;
      return [{ ...common, verdict: "fault", evidence, fix }];
    }),
};
