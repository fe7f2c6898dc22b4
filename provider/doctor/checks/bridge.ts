import type { Check, Remark } from "../finding.ts";
import type { Network } from "../networks.ts";
import type { Scene } from "../scene.ts";

/** Every bridge that somebody needs is there, and switched on. */
export const bridge: Check = {
  name: "bridge",
  fault: "missing",
  needs: ["libvirt-network"],
  look: (scene) => [...scene.networks.map(judge), ...named(scene)],
};

function judge({ bridge: name, subject, by, link }: Network): Remark {
  const common = { subject, on: name };
  if (!link) {
    const again =
      by === "libvirt"
        ? "virsh net-destroy it and virsh net-start it"
        : by === "kvmnet"
          ? "pulumi refresh && pulumi up"
          : "make it";
    return { ...common, verdict: "fault", evidence: `interface ${name} is not there`, fix: again };
  }
  if (link.kind !== "bridge") {
    const evidence = `interface ${name} is no bridge but ${link.kind || "a NIC"}`;
    return { ...common, verdict: "fault", evidence, fix: "Give one of them another name." };
  }
  if (!link.up) return { ...common, verdict: "fault", evidence: `${name} is down`, fix: `ip link set ${name} up` };
  return { ...common, verdict: "ok", evidence: `${name} is up` };
}

/** Bridges that libvirt's networks or domains name, and that nobody makes for them. */
function named({ picture: { libvirt, links }, running, networks }: Scene): Remark[] {
  const wanted = new Map<string, string>();
  for (const { name, active, now } of libvirt.networks)
    if (active && now.forward === "bridge" && now.bridge) wanted.set(now.bridge, `network ${name}`);
  for (const { name, nics } of running)
    for (const { type, bridge: one } of nics) if (type === "bridge" && one) wanted.set(one, `guest ${name}`);
  return [...wanted].flatMap(([name, subject]): Remark[] => {
    if (links.some((link) => link.name === name) || networks.some((network) => network.bridge === name)) return [];
    const fix = `Make bridge ${name}, or name another in the definition of ${subject}.`;
    return [{ verdict: "fault", subject, on: name, evidence: `bridge ${name} is not there`, fix }];
  });
}
