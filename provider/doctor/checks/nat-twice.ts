import type { Check, Remark } from "../finding.ts";
import { guestPackets } from "../networks.ts";
import { placeText } from "../owner.ts";
import { type Place, translations } from "../packets/walk.ts";
import { outward } from "../scene.ts";

/** One place translates a network, and no rule stands there twice. */
export const natTwice: Check = {
  name: "nat-twice",
  fault: "in the way",
  needs: ["nat-rule"],
  look: (scene) =>
    outward(scene).flatMap((network): Remark[] => {
      const [packet] = guestPackets(network, scene.uplinks[0] ?? "")?.out ?? [];
      const places = packet ? translations(scene.picture.tables, packet) : [];
      const [first, ...others] = places;
      // Rules of one chain are one author's: for tcp, for udp, and for the rest.
      const twin = others.find((one) => one.chain !== first?.chain || one.rule?.text === first.rule?.text);
      if (!first || !twin) return [];
      const evidence = `translated by more than one rule: ${[first, twin].map(placeText).join(" | ")}`;
      const fix = `Keep one. Delete by its words, not by its number: ${deletion(twin)}`;
      return [{ verdict: "warning", subject: network.subject, on: network.bridge, evidence, fix }];
    }),
};

function deletion({ table, chain, rule }: Place): string {
  if (table.by === "nft") return `nft -a list chain ${table.name} ${chain.name}, then nft delete rule … handle N`;
  const command = table.by === "iptables-legacy" ? "iptables-legacy" : "iptables";
  return `${command} -t ${table.name.replace("ip ", "")} ${rule?.text.replace(/^-A/, "-D") ?? ""}`;
}
