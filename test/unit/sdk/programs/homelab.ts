import * as kvmnet from "pulumi-kvmnet";

const net = new kvmnet.VirtualNetwork("lab", { host: "hv1", ipv4Cidr: "10.10.10.0/24" });
const web = new kvmnet.VmInterface("web", { domain: "web", network: net, address: net.address(20) });
const pbx = new kvmnet.VmInterface("pbx", { domain: "pbx", network: net, address: net.address(21) });
new kvmnet.PortForward("web", { network: net, target: web, ports: [80, 443] });
new kvmnet.PortForward("ssh", {
  network: net,
  target: web,
  ports: [{ port: 2222, targetPort: 22 }],
  sourceRanges: ["198.51.100.0/24"],
});
new kvmnet.PortForward("rtp", { network: net, target: pbx, protocol: "udp", ports: ["10000-10200"] });
