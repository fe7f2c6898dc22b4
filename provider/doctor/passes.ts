import type { Remark } from "./finding.ts";
import { placeText } from "./owner.ts";
import type { Hook } from "./packets/rule.ts";
import { fates, type Packet } from "./packets/walk.ts";
import type { Picture } from "./picture/picture.ts";

/** What is said of a packet that nothing drops for sure: that it passes, unless there is a rule that cannot be judged, or seen. */
export function passes(
  { tables, unseen }: Picture,
  hooks: readonly Hook[],
  packet: Packet,
  evidence: string,
): Pick<Remark, "verdict" | "evidence"> {
  if (unseen.nft !== undefined) return { verdict: "unknown", evidence: `nft's rules cannot be seen: ${unseen.nft}` };
  const doubt = hooks.flatMap((hook) => fates(tables, hook, packet)).find(({ verdict }) => verdict === "unknown");
  if (!doubt?.place) return { verdict: "ok", evidence };
  return {
    verdict: "unknown",
    evidence: `whether this lets the packets through cannot be judged: ${placeText(doubt.place)}`,
  };
}
