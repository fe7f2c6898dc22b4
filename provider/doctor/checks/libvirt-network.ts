import type { Check, Remark } from "../finding.ts";
import type { LibvirtNetwork } from "../picture/libvirt.ts";
import type { Scene } from "../scene.ts";

/** A libvirt network that somebody needs is active, and will be after a boot. One that nobody uses may rest. */
export const libvirtNetwork: Check = {
  name: "libvirt-network",
  fault: "missing",
  needs: ["libvirt"],
  look: (scene) => [...scene.picture.libvirt.networks.map((network) => judge(network, scene)), ...strangers(scene)],
};

function judge({ name, active, autostart, persistent }: LibvirtNetwork, { picture, running }: Scene): Remark {
  const subject = `network ${name}`;
  const on = picture.libvirt.networks.find((one) => one.name === name)?.now.bridge ?? "";
  const common = { subject, ...(on && { on }) };
  const uses = (domains: Scene["running"]) =>
    domains.filter(({ nics }) => nics.some(({ network }) => network === name));
  const users = uses(picture.libvirt.domains).map((domain) => domain.name);
  const started = uses(running).map((domain) => domain.name);
  if (!active && (autostart || users.length)) {
    const why = users.length ? `domain ${users.join(", ")} uses it` : "it is marked for autostart";
    return { ...common, verdict: "fault", evidence: `inactive, though ${why}`, fix: `virsh net-start ${name}` };
  }
  if (!active) return { ...common, verdict: "ok", evidence: "inactive, and nobody uses it" };
  if (started.length && !persistent) {
    const evidence = `transient: gone with the next boot, but domain ${started.join(", ")} uses it`;
    return {
      ...common,
      verdict: "warning",
      evidence,
      fix: `virsh net-dumpxml ${name} > n.xml; virsh net-define n.xml`,
    };
  }
  if (started.length && !autostart) {
    const evidence = `not started at boot, but domain ${started.join(", ")} uses it`;
    return { ...common, verdict: "warning", evidence, fix: `virsh net-autostart ${name}` };
  }
  return { ...common, verdict: "ok", evidence: `active, autostart ${autostart ? "yes" : "no"}` };
}

/** Networks that domains name and libvirt does not have. */
function strangers({ picture: { libvirt } }: Scene): Remark[] {
  const names = libvirt.domains.flatMap(({ name, nics }) => nics.map(({ network }) => ({ name, network })));
  return names.flatMap(({ name, network }) =>
    network === undefined || libvirt.networks.some((one) => one.name === network)
      ? []
      : [
          {
            ...{
              verdict: "fault",
              subject: `network ${network}`,
              evidence: `domain ${name} uses it, but it is not defined`,
            },
            fix: `virsh net-define its XML, or virsh edit ${name}`,
          } as const,
        ],
  );
}
