import type { Check } from "../finding.ts";
import { outward, setting } from "../scene.ts";

/** Forwarding will be on after a boot too: by a file, or by a program that switches it on for its own networks. */
export const forwardingKept: Check = {
  name: "forwarding-kept",
  fault: "missing",
  needs: ["forwarding"],
  look(scene) {
    const networks = outward(scene).filter(({ link }) => link);
    if (networks.length === 0 || setting(scene, "net/ipv4/ip_forward") !== "1") return [];
    const { kept, libvirt, units } = scene.picture;
    const keeper =
      kept.find((line) => !/=\s*(0|no|false)\s*$/.test(line)) ??
      (libvirt.networks.some(({ active, autostart, now }) => active && autostart && now.forward)
        ? "libvirt's network"
        : undefined) ??
      units.find(({ name, active }) => active === "active" && /^(docker|firewalld)\.service$/.test(name))?.name;
    if (keeper) return [{ verdict: "ok", subject: "host", evidence: `kept by ${keeper.trim()}` }];
    // A network that is started by hand switches it on each time.
    if (networks.every(({ by }) => by === "libvirt")) return [];
    const evidence = "net.ipv4.ip_forward is 1, but no file and no program sets it at boot";
    return [
      {
        verdict: "warning",
        subject: "host",
        evidence,
        fix: "echo net.ipv4.ip_forward=1 > /etc/sysctl.d/90-forward.conf",
      },
    ];
  },
};
