import type { Check } from "../finding.ts";
import { setting } from "../scene.ts";

/** There is room for more flows: a full table drops each new one, whoever's it is. */
export const conntrack: Check = {
  name: "conntrack",
  fault: "in the way",
  needs: [],
  look(scene) {
    const [count, most] = ["count", "max"].map((word) =>
      Number(setting(scene, `net/netfilter/nf_conntrack_${word}`) ?? Number.NaN),
    );
    if (count === undefined || most === undefined || Number.isNaN(count) || Number.isNaN(most) || most === 0) return [];
    const evidence = `${count} of ${most} flows are tracked`;
    if (count < most * 0.95) return [{ verdict: "ok", subject: "host", evidence }];
    return [
      {
        verdict: "fault",
        subject: "host",
        evidence,
        fix: `sysctl -w net.netfilter.nf_conntrack_max=${most * 2}, and keep it in /etc/sysctl.d`,
      },
    ];
  },
};
