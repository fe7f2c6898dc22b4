import { blocked } from "../blocked.ts";
import type { Check } from "../finding.ts";

/** No firewall drops the answers to guests. */
export const forwardBack: Check = {
  name: "forward-back",
  fault: "in the way",
  needs: ["forward-out"],
  look: (scene) => blocked(scene, { direction: "back", what: "answers to guests", late: false }),
};
