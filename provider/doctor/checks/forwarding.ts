import type { Check, Remark } from "../finding.ts";
import { outward, setting } from "../scene.ts";

/** The kernel routes between the bridge and the uplink: each way it asks the interface that a packet comes in by. */
export const forwarding: Check = {
  name: "forwarding",
  fault: "missing",
  needs: [],
  look: (scene) =>
    outward(scene).flatMap(({ bridge, subject, link }): Remark[] => {
      if (!link) return [];
      const keys = [bridge, ...scene.uplinks.slice(0, 1)].map((name) => `net/ipv4/conf/${name}/forwarding`);
      const values = keys.map((key) => setting(scene, key));
      const common = { subject, on: bridge };
      if (values.includes(undefined))
        return [{ ...common, verdict: "unknown", evidence: `${keys.join(", ")} cannot be read` }];
      const off = keys.filter((_, index) => values[index] === "0");
      if (off.length === 0)
        return [{ ...common, verdict: "ok", evidence: keys.map((key) => `${key} is 1`).join(", ") }];
      const whole = setting(scene, "net/ipv4/ip_forward") === "0";
      const evidence = `${off.map((key) => `${key} is 0`).join(", ")}${whole ? ", and net/ipv4/ip_forward is 0" : ""}`;
      const fix = `sysctl -w net.ipv4.ip_forward=1, and the same line (without -w) in a file of /etc/sysctl.d`;
      return [{ ...common, verdict: "fault", evidence, fix }];
    }),
};
