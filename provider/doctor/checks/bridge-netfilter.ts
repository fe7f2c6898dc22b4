import { tableOf } from "../../model/table.ts";
import type { Check, Remark } from "../finding.ts";
import { someGuest } from "../networks.ts";
import { ownerOf, placeText } from "../owner.ts";
import { dropped } from "../packets/walk.ts";
import { passes } from "../passes.ts";
import { setting } from "../scene.ts";

/** Where br_netfilter sends bridged frames through the IP rules, these let guests of one bridge talk to each other. */
export const bridgeNetfilter: Check = {
  name: "bridge-netfilter",
  fault: "in the way",
  needs: ["bridge"],
  look(scene) {
    if (setting(scene, "net/bridge/bridge-nf-call-iptables") !== "1") return [];
    return scene.networks.flatMap((network): Remark[] => {
      const guest = someGuest(network);
      if (guest === undefined) return [];
      const { bridge, subject } = network;
      const packet = {
        in: bridge,
        out: bridge,
        from: guest,
        to: guest,
        fromPort: 40000,
        toPort: 80,
        protocol: "tcp",
        state: "new",
        dnat: false,
        local: false,
      } as const;
      const drop = dropped(scene.picture.tables, ["forward"], packet);
      const common = { subject, on: bridge };
      if (!drop?.place)
        return [
          {
            ...common,
            ...passes(scene.picture, ["forward"], packet, "bridged frames pass the IP rules, and are let through"),
          },
        ];
      const kept = scene.picture.registry.some(
        ({ kind, name }) => kind === "ruleset" && name === `bridge ${tableOf(bridge)}`,
      );
      if (kept && drop.place.table.name === `inet ${tableOf(bridge)}`)
        return [{ ...common, verdict: "ok", evidence: "its guests are kept apart, as its NatNetwork says" }];
      const owner = ownerOf(drop.place);
      const evidence = `br_netfilter is on, and ${owner.name} drops what guests send each other: ${placeText(drop.place)}`;
      const fix = `${owner.fix(bridge, "forward")} Or, if nothing needs it: sysctl -w net.bridge.bridge-nf-call-iptables=0`;
      return [{ ...common, verdict: "fault", evidence, fix }];
    });
  },
};
