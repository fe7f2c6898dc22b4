import type { Check, Remark } from "../finding.ts";
import { forwardsOf, forwardText, type Leading } from "../forwards.ts";
import { placeText } from "../owner.ts";

/** One port of the host leads to one guest; a second forward of it never sees a packet. */
export const forwardTwice: Check = {
  name: "forward-twice",
  fault: "in the way",
  needs: [],
  look(scene) {
    const all = forwardsOf(scene).filter(({ forward }) => !forward.narrowed);
    return all.flatMap((later, index): Remark[] => {
      const first = all.slice(0, index).find((one) => clash(one, later));
      if (!first) return [];
      const evidence = `${first.forward.protocol} ${first.forward.port} leads to ${first.forward.to} already: ${placeText(first.place)}`;
      const fix = `Take one of the two away, or give this one another port: ${placeText(later.place)}`;
      return [{ verdict: "fault", subject: `forward ${forwardText(later)}`, evidence, fix }];
    });
  },
};

function clash({ forward: a }: Leading, { forward: b }: Leading): boolean {
  const protocol = a.protocol === b.protocol || a.protocol === "any" || b.protocol === "any";
  const listen = a.listen === b.listen || a.listen === "";
  const interfaces = a.in.length === 0 || (b.in.length > 0 && b.in.every((name) => a.in.includes(name)));
  const same = a.to === b.to && a.targetPort === b.targetPort;
  return protocol && listen && interfaces && a.port === b.port && a.port !== "" && !same;
}
