import type { Check, Remark } from "../finding.ts";
import { guestPackets, type Network, prefixesOf } from "../networks.ts";
import { placeText } from "../owner.ts";
import { fates, type Place, translations } from "../packets/walk.ts";
import { outward, type Scene } from "../scene.ts";

/** A guest's packet gets the host's address on its way out; or the LAN's router knows the way back. */
export const natRule: Check = {
  name: "nat-rule",
  fault: "missing",
  needs: ["bridge-address", "default-route"],
  look: (scene) => outward(scene).flatMap((network) => judge(network, scene)),
};

function judge(network: Network, scene: Scene): Remark[] {
  const { picture, uplinks } = scene;
  const [uplink] = uplinks;
  const packets = uplink === undefined ? undefined : guestPackets(network, uplink)?.out;
  const common = { subject: network.subject, on: network.bridge };
  if (!packets || uplink === undefined) return [];
  const missed = packets.filter((packet) => translations(picture.tables, packet).length === 0);
  const [packet] = missed;
  if (!packet)
    return [{ ...common, verdict: "ok", evidence: evidenceOf(translations(picture.tables, packets[0] as never)) }];
  if (picture.unseen.nft !== undefined)
    return [{ ...common, verdict: "unknown", evidence: `nft's rules cannot be seen: ${picture.unseen.nft}` }];
  if (network.outward === "routed")
    return [{ ...common, verdict: "ok", evidence: "routed: nothing is to be translated" }];
  if (
    fates(picture.tables, "postrouting", packet, "nat").some(
      ({ verdict }) => verdict === "unknown" || verdict === "snat",
    )
  )
    return [{ ...common, verdict: "unknown", evidence: "a rule may translate it that cannot be judged from here" }];
  const known = picture.probes.from.filter(({ address }) => network.has.some((one) => one.address === address));
  if (network.outward === "any" && known.some(({ answers }) => answers))
    return [{ ...common, verdict: "ok", evidence: `not translated; gateway ${known[0]?.gateway} knows the way back` }];
  if (network.outward === "any" && !known.length)
    return [
      {
        ...common,
        verdict: "unknown",
        evidence: "not translated; whether the LAN knows the way back could not be asked",
      },
    ];
  const what =
    missed.length === packets.length ? "packets" : `${missed.map(({ protocol }) => protocol).join(" and ")} packets`;
  const evidence = `no rule translates ${what} of ${prefixesOf(network).join(", ")} that leave by ${uplink}`;
  return [{ ...common, verdict: "fault", evidence, fix: fixOf(network, uplink) }];
}

function evidenceOf(places: readonly Place[]): string {
  const counted = places.map(({ rule }) => rule?.packets).filter((packets) => packets !== undefined);
  const seen = counted.length
    ? ` (counted ${counted.reduce((sum, packets) => sum + packets, 0)} packets)`
    : " (not counted)";
  return `${places[0] ? placeText(places[0]) : ""}${seen}`;
}

function fixOf(network: Network, uplink: string): string {
  if (network.by === "libvirt")
    return `${network.subject.replace("network ", "virsh net-destroy ")} && ${network.subject.replace("network ", "virsh net-start ")} makes libvirt's rules anew`;
  if (network.by === "kvmnet") return "pulumi refresh && pulumi up";
  const [prefix = "SUBNET"] = prefixesOf(network);
  return `In a nat chain at hook postrouting: ip saddr ${prefix} oifname "${uplink}" masquerade`;
}
