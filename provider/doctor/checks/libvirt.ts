import type { Check } from "../finding.ts";

/** libvirt's daemon runs where libvirt is installed; everything else that is said of libvirt needs it. */
export const libvirt: Check = {
  name: "libvirt",
  fault: "missing",
  needs: [],
  look({ picture: { libvirt, units } }) {
    const subject = "libvirt";
    if (libvirt.state === "absent") return [];
    if (libvirt.state === "running") {
      const { domains, networks } = libvirt;
      return [{ verdict: "ok", subject, evidence: `${networks.length} networks, ${domains.length} domains` }];
    }
    const unit = units.find(({ name, load }) => /^(libvirtd|virtqemud)\.service$/.test(name) && load === "loaded");
    if (unit?.active === "failed") {
      const fix = `journalctl -u ${unit.name} says why; then systemctl restart ${unit.name}`;
      return [{ verdict: "fault", subject, evidence: `${unit.name} has failed`, fix }];
    }
    const evidence = "its daemon does not run now (it may be started by its socket); asking it would start it";
    return [{ verdict: "unknown", subject, evidence }];
  },
};
