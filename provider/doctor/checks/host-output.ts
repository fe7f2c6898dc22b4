import type { Check, Remark } from "../finding.ts";
import { ownerOf, placeText } from "../owner.ts";
import { dropped } from "../packets/walk.ts";
import { passes } from "../passes.ts";

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
    const common = { protocol: "udp", dnat: false } as const;
    const asked = {
      from: own,
      to: server,
      fromPort: 40000,
      toPort: 53,
      out: uplink,
      state: "new",
      local: false,
    } as const;
    const told = {
      from: server,
      to: own,
      fromPort: 53,
      toPort: 40000,
      in: uplink,
      state: "established",
      local: true,
    } as const;
    const ways = [
      [["output"], { ...common, ...asked }],
      [["prerouting", "input"], { ...common, ...told }],
    ] as const;
    const [out, back] = ways.map(([hooks, packet]) => dropped(picture.tables, hooks, packet));
    const drop = out ?? back;
    if (!drop?.place) {
      const evidence = "its questions for names may leave, and answers come in";
      const said = ways.map(([hooks, packet]) => passes(picture, hooks, packet, evidence));
      return [{ subject: "host", ...(said.find(({ verdict }) => verdict !== "ok") ?? { verdict: "ok", evidence }) }];
    }
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
