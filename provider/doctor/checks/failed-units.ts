import type { Check, Remark } from "../finding.ts";

/** Units that guests' networks hang on. */
const ours =
  /^(kvmnet-.*|.*dnsmasq.*|nftables|iptables|netfilter-persistent|firewalld|ufw|docker|libvirt.*|virt.*d|systemd-networkd|networking|NetworkManager|systemd-resolved|systemd-sysctl)(@.*)?\.service$/;

/** No unit of the network has failed. */
export const failedUnits: Check = {
  name: "failed-units",
  fault: "missing",
  needs: [],
  look({ picture: { failed, unseen } }) {
    if (unseen.units) return [];
    const found = failed.filter((name) => ours.test(name));
    if (found.length === 0) return [{ verdict: "ok", subject: "units", evidence: "none of the network's has failed" }];
    return found.map((name): Remark => {
      const fix = `journalctl -u ${name} says why; then systemctl restart ${name}`;
      return { verdict: "fault", subject: `unit ${name}`, evidence: "it has failed", fix };
    });
  },
};
