// The same network on two hypervisors, from one program: only the subnet differs. Names are looked up in `kvmnet:hosts`,
// then in your SSH configuration.
import * as pulumi from "@pulumi/pulumi";
import * as kvmnet from "pulumi-kvmnet";

const hosts = new pulumi.Config().getObject<string[]>("hosts") ?? ["hv1", "hv2"];

function labNetwork(host: string, subnet: string) {
  const bridge = new kvmnet.Bridge(`${host}-lab`, { host, name: "lab0", addresses: [`${subnet}.1/24`] });
  const network = new kvmnet.NatNetwork(`${host}-lab`, { bridge });
  new kvmnet.DnsmasqInstance(`${host}-lab`, { bridge, domain: `${host}.lab.internal` });
  new kvmnet.PortForward(`${host}-ssh`, {
    network,
    target: `${subnet}.10`,
    ports: [{ port: 2222, targetPort: 22 }],
  });
  return bridge.gateway;
}

export const gateways = hosts.map((host, index) => labNetwork(host, `10.40.${index}`));
