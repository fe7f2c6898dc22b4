import type { Check, Remark } from "../finding.ts";

/** What was edited in a libvirt network is in force: `virsh net-edit` changes the stored definition alone. */
export const libvirtNetworkEdited: Check = {
  name: "libvirt-network-edited",
  fault: "in the way",
  needs: ["libvirt-network"],
  look: ({ picture: { libvirt } }) =>
    libvirt.networks.flatMap(({ name, active, now, stored }): Remark[] => {
      if (!active || !stored) return [];
      const keys = Object.keys(now) as (keyof typeof now)[];
      const differing = keys.filter(
        (key) => JSON.stringify(now[key]) !== JSON.stringify(stored[key]) && stored[key] !== "",
      );
      const common = { subject: `network ${name}`, on: now.bridge };
      if (differing.length === 0) return [{ ...common, verdict: "ok", evidence: "runs as it is stored" }];
      const [key = "forward"] = differing;
      const evidence = `edited since it was started (${differing.join(", ")}): runs with ${JSON.stringify(now[key])}, stored is ${JSON.stringify(stored[key])}`;
      const fix = `virsh net-destroy ${name} && virsh net-start ${name}, when its guests can do without for a moment (their NICs must be plugged in again)`;
      return [{ ...common, verdict: "warning", evidence, fix }];
    }),
};
