import { tableOf } from "../model/table.ts";
import type { Remark } from "./finding.ts";
import { guestPackets } from "./networks.ts";
import { ownerOf, placeText } from "./owner.ts";
import { dropped } from "./packets/walk.ts";
import { passes } from "./passes.ts";
import { outward, type Scene } from "./scene.ts";

interface Question {
  readonly direction: "out" | "back";
  readonly what: string;
  /** Whether it is about drops before a rule that would let the packet through, or about the others. */
  readonly late: boolean;
}

const hooks = ["prerouting", "forward", "postrouting"] as const;

/** What keeps guests' packets from passing the host. A policy that lets some through is meant so. */
export function blocked(scene: Scene, { direction, what, late }: Question): Remark[] {
  const { picture, uplinks } = scene;
  const [uplink] = uplinks;
  if (uplink === undefined) return [];
  return outward(scene).flatMap((network): Remark[] => {
    const packets = guestPackets(network, uplink)?.[direction];
    const common = { subject: network.subject, on: network.bridge };
    if (!packets) return [];
    const drops = packets.map((packet) => dropped(picture.tables, hooks, packet));
    const [drop] = drops;
    if (!drop?.place || drops.includes(undefined)) {
      if (late) return [];
      const said = packets.map((packet) => passes(picture, hooks, packet, `no rule drops ${what}`));
      const sure = said.find(({ verdict }) => verdict === "ok");
      return [{ ...common, verdict: "ok", evidence: `no rule drops ${what}`, ...(sure ?? said[0]) }];
    }
    if ((drop.late !== undefined) !== late) return [];
    if (network.listed && drop.place.table.name === `inet ${tableOf(network.bridge)}`)
      return [{ ...common, verdict: "ok", evidence: "egress lists what guests reach; the rest is refused" }];
    const owner = ownerOf(drop.place);
    const text = placeText(drop.place);
    if (drop.late)
      return [
        {
          ...{
            ...common,
            verdict: "fault",
            evidence: `${owner.name} drops ${what}: ${text}. ${placeText(drop.late)} comes too late`,
          },
          fix: `Move it before the one that drops.`,
        },
      ];
    return [
      {
        ...common,
        verdict: "fault",
        evidence: `${owner.name} drops ${what}: ${text}`,
        fix: owner.fix(network.bridge, "forward"),
      },
    ];
  });
}
