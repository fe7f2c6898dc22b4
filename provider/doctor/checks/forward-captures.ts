import type { Check, Remark } from "../finding.ts";
import { forwardsOf, forwardText } from "../forwards.ts";
import { inPorts } from "../packets/walk.ts";

/** No forward takes the port of a program that listens on the host for everybody. */
export const forwardCaptures: Check = {
  name: "forward-captures",
  fault: "in the way",
  needs: [],
  look: (scene) =>
    forwardsOf(scene).flatMap((leading): Remark[] => {
      const { forward } = leading;
      const taken = scene.picture.listeners.find(
        ({ protocol, port, address, link }) =>
          protocol === forward.protocol &&
          link === undefined &&
          ["0.0.0.0", "*"].includes(address) &&
          forward.port !== "" &&
          inPorts(port, forward.port),
      );
      if (!taken || forward.narrowed || forward.listen !== "") return [];
      const evidence = `${taken.program || "a program"} listens on ${taken.protocol} ${taken.port} of the host, and nobody outside reaches it any more`;
      const fix = `Forward another port (such as 2222 for 22), or limit the forward to one of the host's addresses.`;
      return [{ verdict: "warning", subject: `forward ${forwardText(leading)}`, evidence, fix }];
    }),
};
