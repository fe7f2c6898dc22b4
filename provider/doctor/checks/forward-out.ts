import { blocked } from "../blocked.ts";
import type { Check } from "../finding.ts";

/** No firewall drops what guests send to the outside. An accept in one table never overrides another's drop. */
export const forwardOut: Check = {
  name: "forward-out",
  fault: "in the way",
  needs: [],
  look: (scene) => blocked(scene, { direction: "out", what: "what guests send to the outside", late: false }),
};
