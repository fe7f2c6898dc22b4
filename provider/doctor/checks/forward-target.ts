import type { Check, Remark } from "../finding.ts";
import { forwardsOf, forwardText } from "../forwards.ts";
import { within } from "../packets/addresses.ts";

/** Each forward leads to a network that the host is in. */
export const forwardTarget: Check = {
  name: "forward-target",
  fault: "in the way",
  needs: ["bridge", "bridge-address"],
  look(scene) {
    const { routes, addresses, unseen } = scene.picture;
    if (unseen.routes) return [];
    const near = [
      ...routes.filter(({ prefix }) => prefix !== "0.0.0.0/0").map(({ prefix }) => prefix),
      ...addresses.map(({ address }) => `${address}/32`),
    ];
    return forwardsOf(scene).flatMap((leading): Remark[] => {
      const { to } = leading.forward;
      const own = [...near, "127.0.0.0/8"].some((prefix) => within(to, prefix));
      const reserved = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].some((prefix) => within(to, prefix));
      if (own || !reserved) return [];
      const evidence = `${to} is in no network of this host: packets for it leave by the default route`;
      return [
        {
          verdict: "fault",
          subject: `forward ${forwardText(leading)}`,
          evidence,
          fix: "Change the forward's target to the guest's address of now.",
        },
      ];
    });
  },
};
