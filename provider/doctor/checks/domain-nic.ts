import type { Check, Remark } from "../finding.ts";
import type { Domain, DomainNic } from "../picture/libvirt.ts";
import { one } from "../picture/xml.ts";
import type { Scene } from "../scene.ts";

/** As a VmInterface with `linkState: "down"` has it applied. */
const UNPLUGGED = "  <link state='down'/>";

/** Each NIC of a running guest is a port of the bridge that its definition names: a bridge made anew has lost its ports. */
export const domainNic: Check = {
  name: "domain-nic",
  fault: "missing",
  needs: ["libvirt", "libvirt-network", "bridge"],
  look: (scene) => scene.running.flatMap((domain) => domain.nics.flatMap((nic) => judge(domain, nic, scene))),
};

function judge({ name }: Domain, nic: DomainNic, { picture: { links, libvirt, registry } }: Scene): Remark[] {
  const network = libvirt.networks.find(({ name: called }) => called === nic.network);
  const bridge = nic.bridge ?? network?.now.bridge;
  // The ports of Open vSwitch are known to itself alone.
  if (!bridge || !nic.tap || ["direct", "hostdev"].includes(nic.type) || one(nic.element, "virtualport")) return [];
  const common = { subject: `guest ${name}`, on: bridge };
  const tap = links.find((link) => link.name === nic.tap);
  const detach = `virsh detach-interface ${name} ${nic.type} --mac ${nic.mac} --live, and attach it again`;
  if (!tap)
    return [{ ...common, verdict: "fault", evidence: `its interface ${nic.tap} is not on the host`, fix: detach }];
  if (tap.master !== bridge) {
    const evidence = `its interface ${nic.tap} is ${tap.master ? `a port of ${tap.master}` : "no port of any bridge"}, not of ${bridge}`;
    return [{ ...common, verdict: "fault", evidence, fix: `ip link set ${nic.tap} master ${bridge}` }];
  }
  const asked = registry.some(
    ({ kind, name, text }) => kind === "nic" && name.endsWith(` ${nic.mac}`) && text.includes(UNPLUGGED),
  );
  if (!nic.linked && !asked) {
    const evidence = `the cable of NIC ${nic.mac} is unplugged`;
    return [{ ...common, verdict: "fault", evidence, fix: `virsh domif-setlink ${name} ${nic.tap} up` }];
  }
  return [
    {
      ...common,
      verdict: "ok",
      evidence: `${nic.tap} (${nic.mac}) is a port of ${bridge}${nic.linked ? "" : ", unplugged as was asked for"}`,
    },
  ];
}
