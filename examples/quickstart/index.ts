// A network for virtual machines on one hypervisor, from six resources. The host comes from the stack's
// configuration (`kvmnet:host`), the guest from `domain` and `uri`.
import * as pulumi from "@pulumi/pulumi";
import * as kvmnet from "pulumi-kvmnet";

const config = new pulumi.Config();

// The anchor is a port that is always there, whichever guests come and go.
const anchor = new kvmnet.DummyIface("virbr10-dummy");
const bridge = new kvmnet.Bridge("virbr10", { ports: [anchor], addresses: ["10.10.10.1/24"] });
const network = new kvmnet.NatNetwork("virbr10", { bridge });
const dhcp = new kvmnet.DnsmasqInstance("virbr10", {
  bridge,
  ranges: ["10.10.10.100-10.10.10.199"],
  domain: "lab.internal",
  reservations: [{ mac: "52:54:00:be:0a:f3", address: "10.10.10.30", hostname: "spare" }],
});

// Plugs the guest in, while it runs, and gives it an address that stays.
const web = new kvmnet.VmInterface("web", {
  domain: config.get("domain") ?? "web",
  uri: config.get("uri") ?? "qemu:///system",
  bridge,
  dhcp,
  address: "10.10.10.20",
  hostname: "web",
});
const forward = new kvmnet.PortForward("web", { network, target: web, ports: [{ port: 8080, targetPort: 80 }] });

export const address = web.address;
export const effect = web.effect;
export const endpoints = forward.endpoints;
