// A network of our own in place of libvirt's default one, which virt-install and virt-manager can pick by its name:
// `virt-install --network network=virbr10`. A destroy starts the default network again.
import * as pulumi from "@pulumi/pulumi";
import * as kvmnet from "pulumi-kvmnet";

const domain = new pulumi.Config().get("domain");

// Refused while running domains use it.
const off = new kvmnet.LibvirtNetwork("default", { active: false, autostart: false, adopt: true });
const anchor = new kvmnet.DummyIface("virbr10-dummy", { mac: "52:54:00:7e:27:af" });
const bridge = new kvmnet.Bridge(
  "virbr10",
  { ports: [anchor], addresses: ["192.168.100.1/24"], stp: true },
  { dependsOn: off },
);
const network = new kvmnet.NatNetwork("virbr10", { bridge });
const dhcp = new kvmnet.DnsmasqInstance("virbr10", {
  bridge,
  ranges: ["192.168.100.2-192.168.100.254"],
  reservations: [{ mac: "52:54:00:be:0a:f3", address: "192.168.100.10" }],
});
new kvmnet.PortForward("web", {
  network,
  target: "192.168.100.10",
  ports: [80, 443, { port: 2222, targetPort: 22 }],
});
export const uuid = new kvmnet.LibvirtNetwork("virbr10", { bridge }).uuid;

// A guest that has its NIC already keeps it, with its address.
if (domain) new kvmnet.VmInterface("vm1", { domain, bridge, dhcp, mac: "52:54:00:4f:47:f2", adopt: true });
