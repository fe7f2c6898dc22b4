import type { Check, Remark } from "../finding.ts";
import { ownerOf, placeText } from "../owner.ts";
import { dropped } from "../packets/walk.ts";

/** No firewall of the host keeps its own questions for names from leaving, or their answers from coming in. */
export const hostOutput: Check = {
  name: "host-output",
  fault: "in the way",
  needs: [],
  look({ picture, uplinks }) {
    const [uplink] = uplinks;
    const own = picture.addresses.find(({ link }) => link === uplink)?.address;
    const server = [...picture.upstream, ...picture.nameservers].find(
      (one) => /^\d/.test(one) && !one.startsWith("127."),
    );
    if (uplink === undefined || own === undefined || server === undefined) return [];
    const packet = { from: own, to: server, protocol: "udp", fromPort: 40000, toPort: 53, dnat: false } as const;
    const out = dropped(picture.tables, ["output"], { ...packet, out: uplink, state: "new", local: false });
    const back = {
      ...packet,
      in: uplink,
      from: server,
      to: own,
      fromPort: 53,
      toPort: 40000,
      state: "established",
      local: true,
    } as const;
    const drop = out ?? dropped(picture.tables, ["prerouting", "input"], back);
    if (!drop?.place)
      return [{ verdict: "ok", subject: "host", evidence: "its questions for names may leave, and answers come in" }];
    const what = out ? "the host's questions for names" : "the answers to the host's questions";
    const fix = out
      ? `Accept udp and tcp port 53 to ${server} there.`
      : "Accept ct state established,related first in that chain.";
    return [
      {
        verdict: "fault",
        subject: "host",
        evidence: `${ownerOf(drop.place).name} drops ${what}: ${placeText(drop.place)}`,
        fix,
      } satisfies Remark,
    ];
  },
};
