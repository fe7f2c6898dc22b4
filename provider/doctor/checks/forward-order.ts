import { blocked } from "../blocked.ts";
import type { Check } from "../finding.ts";

/** No rule that lets guests out stands behind one that has dropped their packets already. */
export const forwardOrder: Check = {
  name: "forward-order",
  fault: "in the way",
  needs: [],
  look: (scene) => [
    ...blocked(scene, { direction: "out", what: "what guests send to the outside", late: true }),
    ...blocked(scene, { direction: "back", what: "answers to guests", late: true }),
  ],
};
