import type { Check, Remark } from "../finding.ts";
import { leasesOn } from "../leases.ts";
import { prefixesOf } from "../networks.ts";
import { within } from "../packets/addresses.ts";
import { type Domain, type DomainNic, isUp } from "../picture/libvirt.ts";
import type { Scene } from "../scene.ts";

/** The guest that is asked about: it runs, its NICs are connected, and it has an address that its gateway can reach. */
export const guest: Check = {
  name: "guest",
  fault: "missing",
  needs: [
    "libvirt",
    "libvirt-network",
    "bridge",
    "bridge-address",
    "bridge-port",
    "domain-nic",
    "dhcp-server",
    "dhcp-input",
    "dhcp-output",
    "dhcp-range",
    "dhcp-pool",
  ],
  look(scene) {
    if (scene.guest === undefined) return [];
    const { libvirt } = scene.picture;
    const subject = `guest ${scene.guest}`;
    if (libvirt.state !== "running") return [{ verdict: "unknown", subject, evidence: "libvirt does not run" }];
    const domain = libvirt.domains.find(({ name, uuid }) => [name, uuid].includes(scene.guest ?? ""));
    if (!domain) {
      const evidence = `libvirt has no domain of that name; it has ${libvirt.domains.map(({ name }) => name).join(", ") || "none"}`;
      return [{ verdict: "fault", subject, evidence, fix: "virsh list --all" }];
    }
    if (!isUp(domain))
      return [{ verdict: "fault", subject, evidence: `it is ${domain.state}`, fix: `virsh start ${domain.name}` }];
    if (domain.nics.length === 0) {
      const fix = `virsh attach-interface ${domain.name} network NETWORK --model virtio --live --config`;
      return [{ verdict: "fault", subject, evidence: "it has no NIC", fix }];
    }
    return domain.nics.map((nic) => judge(domain, nic, scene));
  },
};

function judge({ name }: Domain, nic: DomainNic, { networks, picture }: Scene): Remark {
  const subject = `guest ${name}`;
  if (nic.type === "direct") {
    const evidence = `NIC ${nic.mac} is a macvtap of the host's NIC: the guest and this host cannot reach each other over it`;
    return { verdict: "warning", subject, evidence, fix: "If they must, give the guest a second NIC on a bridge." };
  }
  const network = picture.libvirt.networks.find((one) => one.name === nic.network);
  const bridge = nic.bridge ?? network?.now.bridge;
  const own = networks.find((one) => one.bridge === bridge);
  if (bridge === undefined || !own)
    return {
      verdict: "ok",
      subject,
      evidence: `NIC ${nic.mac} is on ${bridge ?? nic.type}, where the LAN's router gives out addresses`,
    };
  const common = { subject, on: bridge };
  const lease = leasesOn(picture, bridge).find(
    ({ mac, current, address }) => mac === nic.mac && current && !address.includes(":"),
  );
  const neighbour = picture.neighbours.find(({ link, mac }) => link === bridge && mac === nic.mac);
  const address = lease?.address ?? neighbour?.address;
  if (address === undefined) {
    const evidence = `NIC ${nic.mac} has no lease on ${bridge}, and the host has heard nothing of it`;
    const fix = own.dhcp
      ? "Have the guest ask for one (dhclient, ipconfig /renew); journalctl shows whether its requests arrive"
      : "Give the guest an address; nobody gives them out here.";
    return { ...common, verdict: "fault", evidence, fix };
  }
  if (!prefixesOf(own).some((prefix) => within(address, prefix))) {
    const evidence = `it has ${address}, which is not in ${prefixesOf(own).join(", ")}`;
    return { ...common, verdict: "fault", evidence, fix: "Have the guest renew its lease." };
  }
  return {
    ...common,
    verdict: "ok",
    evidence: `NIC ${nic.mac} has ${address} ${lease ? "by lease" : "and no lease"}, gateway ${own.has[0]?.address ?? "none"}`,
  };
}
