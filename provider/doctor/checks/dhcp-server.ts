import type { Check, Remark } from "../finding.ts";
import type { Network } from "../networks.ts";
import { rangesOf, serves } from "../picture/dnsmasq.ts";
import { hears } from "../picture/programs.ts";
import type { Scene } from "../scene.ts";

/** Where addresses are to be given out, somebody does. */
export const dhcpServer: Check = {
  name: "dhcp-server",
  fault: "missing",
  needs: ["libvirt-network", "bridge", "bridge-address"],
  look: (scene) => scene.networks.filter(({ dhcp }) => dhcp).map((network) => judge(network, scene)),
};

function judge({ bridge, subject, by }: Network, { picture }: Scene): Remark {
  const common = { subject, on: bridge };
  if (picture.unseen.listeners) return { ...common, verdict: "unknown", evidence: picture.unseen.listeners };
  const heard = picture.listeners.filter(({ protocol, port }) => protocol === "udp" && port === 67);
  const here = heard.filter((one) => hears(one, bridge, "0.0.0.0"));
  const able = here.find(({ pid, program }) => {
    const dnsmasq = picture.dnsmasqs.find((one) => one.pid === pid);
    return program !== "dnsmasq" || !dnsmasq || (serves(dnsmasq, bridge) && rangesOf(dnsmasq).length > 0);
  });
  if (able) return { ...common, verdict: "ok", evidence: `${able.program} gives out addresses on ${bridge}` };
  const start =
    by === "libvirt"
      ? `${subject.replace("network ", "virsh net-destroy ")} && ${subject.replace("network ", "virsh net-start ")}`
      : by === "kvmnet"
        ? `systemctl restart kvmnet-dnsmasq@${bridge}.service; journalctl -u kvmnet-dnsmasq@${bridge}.service says why it ended`
        : `Start the dnsmasq of ${bridge}; dnsmasq --test --conf-file=FILE finds mistakes`;
  return {
    ...common,
    verdict: "fault",
    evidence: `nobody on udp port 67 gives out addresses on ${bridge}`,
    fix: start,
  };
}
